{{ incremental_by_unit('int_session_history_unit', 'session_id') }}

-- one model per group of signals: a new signal is a column of its group, here is only where the groups meet
with

treatments as (

    select * from {{ ref('int_session_treatment') }}
    where {{ is_touched('session_id') }}

),

repositories as (

    select * from {{ ref('int_repository') }}

),

counts as (

    select * from {{ ref('int_session_count') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

exploration as (

    select * from {{ ref('int_span_exploration') }}

),

edits as (

    select * from {{ ref('int_span_edit') }}

),

reasoning as (

    select * from {{ ref('int_span_reasoning') }}

),

phases as (

    select * from {{ ref('int_span_phase') }}

)

select
    treatments.*,
    repositories.repo_id,
    repositories.repo_id_basis,
    counts.* exclude (session_id),
    behavior.tool_sequence,
    behavior.tool_calls_by_family,
    behavior.max_same_tool_run,
    behavior.edit_calls_ok,
    behavior.bash_write_calls,
    behavior.read_calls,
    behavior.test_calls,
    behavior.has_test_after_edit,
    behavior.repetition_rate_exact,
    behavior.repetition_rate,
    behavior.stuck_repetition_rate,
    behavior.dangling_calls,
    edits.first_edit_file,
    edits.first_edit_is_scratch,
    edits.first_tool_file,
    exploration.files_searched_before_edit,
    exploration.files_read_before_edit,
    exploration.search_dirs_before_edit,
    exploration.grep_hit_files_before_edit,
    exploration.files_searched_total,
    exploration.files_read_total,
    reasoning.* exclude (span_id, first_text_step, first_thinking_step),
    phases.* exclude (span_id)
from treatments
left join repositories on treatments.session_id = repositories.session_id
left join counts on treatments.session_id = counts.session_id
left join behavior on treatments.session_id = behavior.span_id
left join exploration on treatments.session_id = exploration.span_id
left join edits on treatments.session_id = edits.span_id
left join reasoning on treatments.session_id = reasoning.span_id
left join phases on treatments.session_id = phases.span_id

{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

localization as (

    select * from {{ ref('int_attempt_localization') }}
    where {{ is_touched('attempt_id') }}

),

treatments as (

    select * from {{ ref('int_attempt_treatment') }}

),

exploration as (

    select * from {{ ref('int_span_exploration') }}

),

counts as (

    select
        attempt_id,
        touched_files
    from {{ ref('int_attempt_count') }}

),

behavior as (

    select
        span_id,
        telemetry_edit_calls as edit_calls,
        bash_write_calls,
        read_calls
    from {{ ref('int_span_behavior') }}

)

select
    localization.attempt_id,
    treatments.trial_id,
    treatments.run_id,
    treatments.dataset,
    treatments.task_id,
    treatments.task_key,
    treatments.attempt_index,
    localization.first_edit_file,
    localization.localized_source,
    localization.first_edit_is_scratch,
    exploration.first_mutation_call,
    localization.gold_files,
    counts.touched_files,
    localization.mutated_files,
    if(len(localization.gold_files) > 0, list_contains(localization.gold_files, localization.first_edit_file), null)
        as localized_correct_file,
    if(
        len(localization.gold_files) > 0,
        len(list_intersect(counts.touched_files, localization.gold_files)) > 0,
        null
    ) as localized_any_file,
    {{ ratio(
        'len(list_intersect(counts.touched_files, localization.gold_files))', 'len(localization.gold_files)'
    ) }} as localization_recall,
    if(
        len(localization.gold_files) > 0,
        len(list_intersect(counts.touched_files, localization.gold_files)) = len(localization.gold_files),
        null
    ) as has_touched_all_gold_files,
    exploration.files_searched_before_edit,
    exploration.files_read_before_edit,
    exploration.search_dirs_before_edit,
    exploration.grep_hit_files_before_edit,
    exploration.files_searched_total,
    exploration.files_read_total,
    {{ ratio('behavior.edit_calls + behavior.bash_write_calls', 'behavior.read_calls') }} as edit_to_read_ratio,
    behavior.read_calls = 0 and behavior.edit_calls + behavior.bash_write_calls > 0 as is_blind_patch,
    localization.first_tool_file,
    if(
        len(counts.touched_files) > 0,
        list_contains(counts.touched_files, localization.first_tool_file),
        null
    ) as first_tool_precision,
    if(
        len(localization.gold_files) > 0,
        list_contains(localization.gold_files, localization.first_tool_file),
        null
    ) as first_tool_in_gold
from localization
inner join treatments on localization.attempt_id = treatments.attempt_id
left join exploration on localization.attempt_id = exploration.span_id
left join counts on localization.attempt_id = counts.attempt_id
left join behavior on localization.attempt_id = behavior.span_id

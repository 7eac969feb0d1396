{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select * from {{ ref('int_session') }}
    where {{ is_touched('session_id') }}

),

first_edits as (

    select
        span_id,
        arg_min(result_at, call_number) filter (where is_mutation) as first_edit_at
    from {{ ref('int_call_sequence') }}
    where {{ is_touched('span_id') }}
    group by all

),

dialogues as (

    select
        session_id,
        first_user_turn_at
    from {{ ref('int_session_dialogue') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

)

select
    sessions.session_id,
    {{ elapsed_s('dialogues.first_user_turn_at', 'first_edits.first_edit_at') }} as time_to_first_edit_s,
    behavior.tool_result_count,
    behavior.tool_error_count,
    behavior.tool_error_rate,
    behavior.tool_errors_by_type,
    behavior.bash_nonzero_rate,
    behavior.max_consecutive_same_error,
    behavior.tool_result_sizes,
    behavior.tool_result_sizes_count,
    behavior.tool_result_sizes_max,
    behavior.tool_result_sizes_total
from sessions
left join first_edits on sessions.session_id = first_edits.span_id
left join dialogues on sessions.session_id = dialogues.session_id
left join behavior on sessions.session_id = behavior.span_id

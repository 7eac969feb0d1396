{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select session_id from {{ ref('int_session_unit') }}
    where {{ is_touched('session_id') }}

),

first_prompts as (

    select
        span_id,
        list_transform({{ plan_lines('text') }}, lambda line: {{ line_indentation('line') }}) as indentations
    from {{ ref('int_turn_text') }}
    where turn_index = 0 and {{ is_touched('span_id') }}

),

calls as (

    select
        span_id,
        count(*) as call_count
    from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}
    group by all

),

accesses as (

    select * from {{ ref('int_file_access') }}
    where is_edit and is_successful and path is not null and {{ is_touched('span_id') }}

),

opening_folders as (

    select
        calls.span_id,
        count(distinct regexp_replace(accesses.path, '/?[^/]*$', '')) filter (
            where accesses.call_number < calls.call_count * {{ threshold('opening_share') }}
        ) as opening_folder_count
    from calls
    left join accesses on calls.span_id = accesses.span_id
    group by all

)

select
    sessions.session_id,
    -- what is indented tells more of the item above it
    len(list_filter(
        first_prompts.indentations, lambda indentation: indentation = list_min(first_prompts.indentations)
    )) as opening_goal_count,
    coalesce(opening_folders.opening_folder_count, 0) as opening_folder_count
from sessions
left join first_prompts on sessions.session_id = first_prompts.span_id
left join opening_folders on sessions.session_id = opening_folders.span_id

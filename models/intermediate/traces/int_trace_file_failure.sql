{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

accesses as (

    select
        *,
        {'call_number': call_number, 'access_index': access_index} as moment
    from {{ ref('int_located_access') }}
    where path is not null and {{ is_touched('span_id') }}

),

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

tasks as (

    select * from {{ ref('int_task') }}

),

-- what a fork goes on with was read before it began; an older state of the session's own file says nothing
continued as (

    select distinct streams.span_id
    from {{ ref('int_span_stream') }} as streams
    semi join {{ ref('int_entry_copy') }} as copies
        on streams.stream_id = copies.stream_id and copies.is_inherited

),

changes as (

    select
        span_id,
        path,
        min(moment) filter (where is_edit and is_successful) as first_change,
        -- what a shell changes it may have seen by a pattern, which names no file
        min(moment) filter (where is_edit and is_successful and not is_shell) as first_tool_change,
        arg_min(access, moment) filter (where is_effective) = 'create' as is_made
    from accesses
    group by all
    having count(*) filter (where is_edit and is_successful) > 0

),

-- to make a file is to know it
sights as (

    select
        span_id,
        path,
        min(moment) as moment
    from accesses
    where is_effective and (not is_write or access = 'create')
    group by all

),

-- where the checkout is unknown one file has two spellings
seen as (

    select distinct
        changes.span_id,
        changes.path
    from changes
    inner join sights
        on
            changes.span_id = sights.span_id
            and changes.first_tool_change >= sights.moment
            and (
                changes.path = sights.path
                or ends_with(changes.path, '/' || sights.path)
                or ends_with(sights.path, '/' || changes.path)
            )

),

blind as (

    select * from changes
    anti join continued on changes.span_id = continued.span_id
    anti join seen on changes.span_id = seen.span_id and changes.path = seen.path
    where changes.first_tool_change is not null

),

wrong as (

    select changes.*
    from changes
    inner join spans on changes.span_id = spans.span_id
    inner join attempts on spans.attempt_id = attempts.attempt_id
    inner join tasks on attempts.task_id = tasks.task_id
    where
        not changes.is_made
        and not regexp_matches(changes.path, {{ folded_pattern('test_path') }})
        and not list_contains(tasks.gold_files || coalesce(tasks.gold_test_files, []), changes.path)

)

select
    span_id,
    first_tool_change['call_number'] as call_number,
    path,
    'blind_patch' as failure_type,
    'file_never_read' as failure_event_rule
from blind
union all
select
    span_id,
    first_change['call_number'] as call_number,
    path,
    'wrong_file_edit' as failure_type,
    'file_outside_gold_patch' as failure_event_rule
from wrong

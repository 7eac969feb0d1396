{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

tasks as (

    select
        task_id,
        gold_files,
        gold_test_files
    from {{ ref('int_task') }}

),

touched as (

    select * from {{ ref('int_attempt_touched') }}

),

scoped as (

    select
        spans.span_id,
        touched.touched_files,
        tasks.gold_files,
        list_reverse_sort(list_transform(
            list_distinct(coalesce(touched.touched_files, []) || coalesce(tasks.gold_files, [])),
            lambda file: {'length': len(file), 'file': file}
        )) as known_files
    from spans
    left join attempts on spans.attempt_id = attempts.attempt_id
    left join tasks on attempts.task_id = tasks.task_id
    left join touched on attempts.attempt_id = touched.attempt_id

),

-- an absolute path below an unknown checkout is the longest known file that it ends with
accesses as (

    select
        scoped.span_id,
        accesses.call_number,
        accesses.access_index,
        accesses.access,
        accesses.is_write,
        accesses.is_edit,
        accesses.is_shell,
        accesses.is_file,
        accesses.is_successful,
        accesses.is_effective,
        scoped.touched_files,
        coalesce(
            list_filter(
                scoped.known_files,
                lambda known: starts_with(accesses.path, '/') and ends_with(accesses.path, '/' || known['file'])
            )[1]['file'],
            accesses.path
        ) as path
    from {{ ref('int_file_access') }} as accesses
    inner join scoped on accesses.span_id = scoped.span_id

),

-- a file that the span itself created and that is not in its final diff is scratch
first_seen as (

    select
        span_id,
        path,
        coalesce(
            arg_min(access, (call_number, access_index)) = 'create'
            and not any_value(list_contains(touched_files, path)),
            false
        ) as is_scratch
    from accesses
    where path is not null and is_effective
    group by all

)

select
    accesses.* exclude (touched_files),
    coalesce(first_seen.is_scratch, false) as is_scratch
from accesses
left join first_seen on accesses.span_id = first_seen.span_id and accesses.path = first_seen.path

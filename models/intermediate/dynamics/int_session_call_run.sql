{{ incremental_by_unit('int_session_unit', 'session_id', in_batches=true) }}

with

first_accesses as (

    select
        span_id,
        path,
        min(call_number) as call_number
    from {{ ref('int_file_access') }}
    where is_effective and is_file and {{ is_touched('span_id') }}
    group by all

),

new_files as (

    select
        span_id,
        call_number,
        count(*) as new_file_count
    from first_accesses
    group by all

),

calls as (

    select
        calls.span_id,
        calls.call_number,
        calls.normalised_call,
        flags.is_stuck,
        coalesce(new_files.new_file_count, 0) as new_file_count
    from {{ ref('int_tool_call') }} as calls
    inner join {{ ref('int_call_sequence') }} as flags
        on calls.span_id = flags.span_id and calls.call_number = flags.call_number
    left join new_files on calls.span_id = new_files.span_id and calls.call_number = new_files.call_number
    where {{ is_touched('calls.span_id') }}

),

numbered as (

    select
        *,
        count(*) filter (where not is_stuck) over (
            partition by span_id, normalised_call order by call_number
        ) as run_number,
        sum(new_file_count) over (partition by span_id order by call_number) as files_so_far
    from calls

),

-- a run: one call again and again, without a change to any file between; a file seen for the first time parts it
parts as (

    select
        span_id,
        normalised_call,
        run_number,
        files_so_far,
        count(*) as part_length
    from numbered
    group by all

),

runs as (

    select
        span_id,
        cast(sum(part_length) as bigint) as run_length,
        max(part_length) as longest_part
    from parts
    group by span_id, normalised_call, run_number

),

ranked as (

    select
        *,
        run_length = max(run_length) over (partition by span_id) as is_longest
    from runs

)

select
    span_id as session_id,
    max(run_length) as longest_call_run,
    max(longest_part) filter (where is_longest) < max(run_length) as has_new_file_in_longest_call_run,
    max(longest_part) as longest_call_run_without_new_file
from ranked
group by all

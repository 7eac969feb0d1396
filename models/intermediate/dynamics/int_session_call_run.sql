{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

calls as (

    select
        calls.span_id,
        calls.call_number,
        calls.normalised_call,
        flags.is_stuck
    from {{ ref('int_tool_call') }} as calls
    inner join {{ ref('int_call_sequence') }} as flags
        on calls.span_id = flags.span_id and calls.call_number = flags.call_number
    where {{ is_touched('calls.span_id') }}

),

numbered as (

    select
        *,
        count(*) filter (where not is_stuck) over (
            partition by span_id, normalised_call order by call_number
        ) as run_number
    from calls

),

-- a run: one call again and again, without a change to any file between
runs as (

    select
        span_id,
        normalised_call,
        run_number,
        count(*) as run_length,
        min(call_number) as first_call,
        max(call_number) as last_call
    from numbered
    group by all

),

longest_runs as (

    select * from runs
    qualify run_length = max(run_length) over (partition by span_id)

),

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
        longest_runs.span_id,
        longest_runs.normalised_call,
        longest_runs.run_number,
        count(*) as new_file_count
    from longest_runs
    inner join first_accesses
        on
            longest_runs.span_id = first_accesses.span_id
            and longest_runs.first_call < first_accesses.call_number
            and longest_runs.last_call >= first_accesses.call_number
    -- a call that was made once has nothing inside of it: most sessions have nothing else
    where longest_runs.run_length > 1
    group by all

)

select
    longest_runs.span_id as session_id,
    any_value(longest_runs.run_length) as longest_call_run,
    bool_and(new_files.new_file_count is not null) as has_new_file_in_longest_call_run
from longest_runs
left join new_files
    on
        longest_runs.span_id = new_files.span_id
        and longest_runs.normalised_call = new_files.normalised_call
        and longest_runs.run_number = new_files.run_number
group by all

{{ incremental_by_unit('int_span_unit', 'span_id', in_batches=true) }}

with

calls as (

    select * from {{ ref('int_call_sequence') }}
    where {{ is_touched('span_id') }}

),

families as (

    select
        span_id,
        map_from_entries(list((tool_family, call_count) order by tool_family)) as tool_calls_by_family
    from (
        select
            span_id,
            tool_family,
            count(*) as call_count
        from calls
        group by all
    ) as counted
    group by all

),

errors as (

    select
        span_id,
        map_from_entries(list((tool_name, error_count) order by tool_name)) as tool_errors_by_type
    from (
        select
            span_id,
            tool_name,
            count(*) as error_count
        from calls
        where is_tool_error
        group by all
    ) as counted
    group by all

),

folded as (

    select
        span_id,
        count(*) as telemetry_tool_call_count,
        list(tool_name order by call_number) as tool_sequence,
        max(tool_run_length) as max_same_tool_run,
        count(*) filter (where tool_family = 'edit') as telemetry_edit_calls,
        count(*) filter (where tool_family = 'edit' and is_successful) as edit_calls_ok,
        count(*) filter (where is_shell) as shell_calls,
        count(*) filter (where is_shell_write) as bash_write_calls,
        count(*) filter (where is_read) as read_calls,
        count(*) filter (where tool_family = 'test') as test_calls,
        min(call_number) filter (where is_mutation) < max(call_number) filter (where tool_family = 'test')
            as has_test_after_edit,
        {{ ratio('count(previous_exact)', 'count(*)') }} as repetition_rate_exact,
        {{ ratio('count(previous_normalised)', 'count(*)') }} as repetition_rate,
        {{ ratio('count(*) filter (where is_stuck)', 'count(*)') }} as stuck_repetition_rate,
        count(*) filter (where has_result) as tool_result_count,
        count(*) filter (where not has_result) as dangling_calls,
        bool_or(is_error is not null) as has_error_flags,
        count(*) filter (where is_tool_error) as tool_error_count,
        -- a shell result that is no error ended with 0, also where a format tells only of other codes
        {{ ratio(
            'count(*) filter (where is_shell and exit_code <> 0)',
            'count(*) filter (where is_shell and has_result and (exit_code is not null or not is_error))'
        ) }} as bash_nonzero_rate,
        max(error_run_length) as max_consecutive_same_error,
        list(result_tokens order by call_number) filter (where has_result) as tool_result_sizes,
        bool_or(result_tokens is not null) as has_result_texts
    from calls
    group by all

)

select
    folded.* exclude (has_error_flags, has_result_texts, tool_result_sizes),
    families.tool_calls_by_family,
    if(folded.has_result_texts, folded.tool_result_sizes, null) as tool_result_sizes,
    if(folded.has_result_texts, len(folded.tool_result_sizes), null) as tool_result_sizes_count,
    if(folded.has_result_texts, list_max(folded.tool_result_sizes), null) as tool_result_sizes_max,
    if(folded.has_result_texts, cast(list_sum(folded.tool_result_sizes) as bigint), null) as tool_result_sizes_total,
    if(folded.has_error_flags, {{ ratio('folded.tool_error_count', 'folded.tool_result_count') }}, null)
        as tool_error_rate,
    if(
        folded.has_error_flags and folded.tool_result_count > 0,
        coalesce(errors.tool_errors_by_type, map()),
        null
    ) as tool_errors_by_type
from folded
left join families on folded.span_id = families.span_id
left join errors on folded.span_id = errors.span_id

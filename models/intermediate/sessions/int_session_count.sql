{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select * from {{ ref('int_session') }}
    where {{ is_touched('session_id') }}

),

call_formats as (

    select source_format from {{ ref('format_capability') }}
    where capability = 'tool_call'

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

edits as (

    select
        span_id,
        mutated_files
    from {{ ref('int_span_edit') }}
    where len(mutated_files) > 0

),

usage as (

    select * from {{ ref('int_span_usage') }}

),

-- what an exporter knows of the whole session, for formats that cannot tell it call by call
totals as (

    select
        session_id,
        sum(total_input_tokens) as input_tokens,
        sum(total_output_tokens) as output_tokens,
        sum(total_cache_read_tokens) as cache_read_tokens,
        sum(total_cache_write_tokens) as cache_write_tokens,
        nullif(sum(total_cost_usd), 0) as cost_usd
    from {{ ref('int_session_stream') }}
    where stream_index = 0 and {{ is_touched('session_id') }}
    group by all

),

-- a log without a call is a complete log of none; a shell may have changed files that no path tells of
counted as (

    select
        sessions.session_id,
        sessions.user_message_count,
        coalesce(usage.step_count, 0) as step_count,
        if(call_formats.source_format is null, null, coalesce(behavior.telemetry_tool_call_count, 0))
            as tool_call_count,
        if(call_formats.source_format is null, null, coalesce(behavior.telemetry_edit_calls, 0)) as edit_calls,
        if(call_formats.source_format is null, null, coalesce(behavior.bash_write_calls, 0)) as bash_write_calls,
        behavior.read_calls,
        coalesce(
            edits.mutated_files,
            if(call_formats.source_format is not null and coalesce(behavior.shell_calls, 0) = 0, [], null)
        ) as touched_files,
        usage.* exclude (
            span_id,
            step_count,
            first_model_id,
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            cost_usd,
            cost_basis
        ),
        case
            when usage.usage_step_count > 0 then 'telemetry'
            when coalesce(totals.input_tokens, totals.output_tokens) is not null then 'stream_total'
        end as tokens_basis,
        {% for column in ['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens'] %}
            if(usage.usage_step_count > 0, usage.{{ column }}, totals.{{ column }}) as {{ column }},
        {% endfor %}
        coalesce(usage.cost_usd, if(usage.cost_is_partial, null, totals.cost_usd)) as cost_usd,
        case
            when usage.cost_usd is not null then usage.cost_basis
            when not coalesce(usage.cost_is_partial, false) and totals.cost_usd is not null then 'stream_total'
        end as cost_source
    from sessions
    left join behavior on sessions.session_id = behavior.span_id
    left join edits on sessions.session_id = edits.span_id
    left join usage on sessions.session_id = usage.span_id
    left join call_formats on sessions.source_format = call_formats.source_format
    left join totals on sessions.session_id = totals.session_id

)

select
    session_id,
    step_count,
    tool_call_count,
    edit_calls,
    edit_calls > 0 and bash_write_calls > 0 as is_mixed_edit_mode,
    edit_calls = 0 and len(touched_files) > 0 as bash_mediated_edits,
    touched_files,
    len(touched_files) as touched_files_count,
    {{ ratio('edit_calls + bash_write_calls', 'read_calls') }} as edit_to_read_ratio,
    coalesce(read_calls = 0 and edit_calls + bash_write_calls > 0, false) as is_blind_patch,
    cast(input_tokens as bigint) as input_tokens_total,
    cast(output_tokens as bigint) as output_tokens_total,
    cast(cache_read_tokens as bigint) as cache_read_tokens,
    cast(cache_write_tokens as bigint) as cache_write_tokens,
    tokens_basis,
    {{ ratio('cache_read_tokens', 'input_tokens + cache_read_tokens') }} as cache_read_ratio,
    {{ ratio('cache_read_tokens', 'input_tokens + cache_read_tokens + coalesce(cache_write_tokens, 0)') }}
        as cache_hit_share,
    cost_usd,
    cost_source,
    coalesce(cost_is_partial, false) as cost_is_partial,
    context_growth_curve,
    context_growth_curve_count,
    context_growth_curve_last,
    context_growth_curve_max,
    context_growth_curve_slope,
    input_tokens_curve
from counted

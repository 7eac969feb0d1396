{{ incremental_by_unit('int_span_unit', 'span_id', in_batches=true) }}

with

steps as (

    select * from {{ ref('int_step') }}
    where {{ is_touched('span_id') }}

),

totals as (

    select
        span_id,
        count(*) as step_count,
        count(input_tokens) as usage_step_count,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        count(*) filter (where coalesce(context_tokens, 0) + coalesce(output_tokens, 0) > 0 and cost_usd is null)
            as unpriced_step_count,
        sum(cost_usd order by step_index) as known_cost_usd,
        count(*) filter (where cost_usd is not null and coalesce(context_tokens, 0) > 0) as priced_step_count,
        if(bool_or(cost_basis = 'list_price'), 'list_price', 'reported') as cost_basis,
        max_by(model_id, -step_index) as first_model_id
    from steps
    group by all

),

-- main thread and active path only; an aborted call reports zeros, which say nothing of the context
context_steps as (

    select
        *,
        row_number() over (partition by span_id order by step_index) - 1 as position
    from steps
    where not is_subagent and coalesce(on_active_path, true) and context_tokens > 0

),

curves as (

    select
        span_id,
        list(context_tokens order by position) as context_growth_curve,
        list(input_tokens order by position) as input_tokens_curve,
        list(cache_read_ratio order by position) as cache_read_ratio_curve,
        count(*) as context_growth_curve_count,
        arg_max(context_tokens, position) as context_growth_curve_last,
        max(context_tokens) as context_growth_curve_max,
        {{ slope('context_tokens', 'position') }} as context_growth_curve_slope
    from context_steps
    group by all

)

select
    totals.span_id,
    totals.step_count,
    totals.usage_step_count,
    totals.input_tokens,
    totals.output_tokens,
    totals.cache_read_tokens,
    totals.cache_write_tokens,
    if(totals.unpriced_step_count = 0, totals.known_cost_usd, null) as cost_usd,
    totals.unpriced_step_count > 0 and totals.priced_step_count > 0 as cost_is_partial,
    if(totals.unpriced_step_count = 0 and totals.known_cost_usd is not null, totals.cost_basis, null) as cost_basis,
    totals.first_model_id,
    curves.* exclude (span_id)
from totals
left join curves on totals.span_id = curves.span_id

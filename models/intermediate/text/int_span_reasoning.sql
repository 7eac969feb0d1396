{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select *
    from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

steps as (

    select * from {{ ref('int_step') }}
    where {{ is_touched('span_id') }}

),

telemetry as (

    select
        span_id,
        bool_or(coalesce(is_reasoning_lost, false)) as is_reasoning_lost
    from streams
    group by all

),

openings as (

    select * from {{ ref('int_span_opening') }}
    where {{ is_touched('span_id') }}

),

totals as (

    select
        span_id,
        bool_or(thinking_block_count > 0) as has_blocks,
        count(thinking_block_count) > 0 as can_hold_blocks,
        cast(sum(reasoning_tokens) as bigint) as reported_reasoning_tokens,
        cast(sum(thinking_characters) as bigint) as thinking_characters,
        cast(sum(estimated_reasoning_tokens) as bigint) as estimated_reasoning_tokens,
        bool_or(has_thinking_text) as has_thinking_text,
        bool_or(has_text) as has_text,
        cast(sum(thinking_self_corrections) as bigint) as thinking_self_corrections,
        cast(sum(text_self_corrections) as bigint) as text_self_corrections
    from steps
    group by all

),

joined as (

    select
        totals.*,
        telemetry.is_reasoning_lost,
        openings.* exclude (span_id)
    from totals
    inner join telemetry on totals.span_id = telemetry.span_id
    left join openings on totals.span_id = openings.span_id

),

-- signals.md R6: what a converter dropped is unknown, unless some of it is seen
known as (

    select
        span_id,
        case
            when has_blocks or reported_reasoning_tokens > 0 then true
            when is_reasoning_lost or not can_hold_blocks then null
            else false
        end as has_reasoning_blocks,
        case
            when reported_reasoning_tokens > 0 then reported_reasoning_tokens
            when is_reasoning_lost and not coalesce(has_blocks, false) then null
            when can_hold_blocks then coalesce(estimated_reasoning_tokens, 0)
        end as reasoning_tokens_total,
        case
            when reported_reasoning_tokens > 0 then 'usage'
            when is_reasoning_lost and not coalesce(has_blocks, false) then null
            when can_hold_blocks then 'chars4'
        end as reasoning_tokens_basis,
        if(is_reasoning_lost and not coalesce(has_blocks, false), null, thinking_characters) as reasoning_chars_total,
        plan_steps_detected,
        plan_steps_detected_thinking,
        case
            when has_thinking_text then thinking_self_corrections
            when is_reasoning_lost then null
            when has_text then text_self_corrections
        end as self_correction_count,
        case
            when has_thinking_text then 'thinking'
            when is_reasoning_lost then null
            when has_text then 'text'
        end as self_correction_basis,
        if(
            is_reasoning_lost and not coalesce(has_blocks, false) and coalesce(reported_reasoning_tokens, 0) = 0,
            'lost_in_conversion',
            null
        ) as reasoning_null_reason,
        first_text_step,
        first_thinking_step
    from joined

)

select
    *,
    {{ ratio('1000.0 * self_correction_count', 'reasoning_tokens_total') }} as self_corrections_per_1k_reasoning_tokens
from known

{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select *
    from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

prices as (

    select * from {{ ref('model_price') }}

),

calls as (

    select
        streams.span_id,
        streams.stream_index,
        streams.is_subagent or coalesce(entries.is_sidechain, false) as is_subagent,
        entries.* exclude (model_id),
        coalesce(entries.model_id, streams.model_id) as model_id
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    anti join {{ ref('int_entry_copy') }} as copies
        on entries.stream_id = copies.stream_id and entries.entry_index = copies.entry_index
    where
        entries.is_llm_call
        and (streams.context = 'product' or not coalesce(entries.is_copied_context, false))

),

measured as (

    select
        span_id,
        row_number() over (partition by span_id order by stream_index, entry_index) - 1 as step_index,
        stream_id,
        stream_index,
        entry_index,
        is_subagent,
        on_active_path,
        model_id,
        message_at,
        occurred_at,
        stop_reason,
        is_error,
        input_tokens,
        cache_read_tokens,
        cache_write_tokens,
        output_tokens,
        reasoning_tokens,
        input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) as context_tokens,
        if(cost_usd = 0 and coalesce(input_tokens, 0) + coalesce(output_tokens, 0) > 0, null, cost_usd)
            as reported_cost_usd,
        trim(coalesce(text, '')) <> '' as has_text,
        if(trim(coalesce(text, '')) = '', null, {{ approx_tokens('text') }}) as text_tokens,
        thinking_block_lengths,
        len(thinking_block_lengths) as thinking_block_count,
        list_sum(thinking_block_lengths) as thinking_characters,
        list_sum(list_transform(
            thinking_block_lengths,
            lambda block: cast(ceil(block / {{ threshold('characters_per_token') }}) as bigint)
        )) as estimated_reasoning_tokens,
        trim(coalesce(thinking_text, '')) <> '' as has_thinking_text,
        len(regexp_extract_all({{ without_code_fences('text') }}, {{ plan_line_pattern() }})) as text_plan_lines,
        len(regexp_extract_all({{ without_code_fences('thinking_text') }}, {{ plan_line_pattern() }}))
            as thinking_plan_lines,
        {{ cue_sentence_count('text', 'self_correction') }} as text_self_corrections,
        {{ cue_sentence_count('thinking_text', 'self_correction') }} as thinking_self_corrections
    from calls

),

unpriced_models as (

    select distinct model_id
    from measured
    where reported_cost_usd is null

),

-- a price is that of the named model and its dated versions, not of a successor whose name goes on
priced_models as (

    select
        unpriced_models.model_id,
        prices.*
    from unpriced_models
    inner join prices
        on
            regexp_matches(
                unpriced_models.model_id,
                prices.model_pattern
                || '($|[-@:/](20[0-9]{2}|[0-9]{6,8}|latest|preview|thinking|low|medium|high|max|v[0-9]))'
            )

),

priced as (

    select
        measured.span_id,
        measured.step_index,
        (
            measured.input_tokens * prices.input_usd_per_million
            + coalesce(measured.cache_read_tokens, 0) * prices.cache_read_usd_per_million
            + coalesce(measured.cache_write_tokens * prices.cache_write_usd_per_million, 0)
            + measured.output_tokens * prices.output_usd_per_million
        ) / 1e6 as list_price_usd
    from measured
    inner join priced_models as prices
        on
            measured.model_id = prices.model_id
            and coalesce(measured.occurred_at, prices.valid_from) >= prices.valid_from
    where measured.reported_cost_usd is null
    qualify row_number() over (
            partition by measured.span_id, measured.step_index
            order by len(prices.model_pattern) desc, prices.valid_from desc
        ) = 1

)

select
    measured.* exclude (reported_cost_usd),
    {{ ratio('measured.cache_read_tokens', 'measured.input_tokens + measured.cache_read_tokens') }} as cache_read_ratio,
    coalesce(measured.reported_cost_usd, priced.list_price_usd) as cost_usd,
    case
        when measured.reported_cost_usd is not null then 'reported'
        when priced.list_price_usd is not null then 'list_price'
    end as cost_basis
from measured
left join priced on measured.span_id = priced.span_id and measured.step_index = priced.step_index

with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

reported as (

    select * from {{ ref('int_attempt_reported') }}

),

usage as (

    select * from {{ ref('int_span_usage') }}

),

streams as (

    select
        attempt_id,
        min(started_at) as started_at,
        max(finished_at) as finished_at,
        sum(total_input_tokens) as input_tokens,
        sum(total_cache_read_tokens) as cache_read_tokens,
        sum(total_cache_write_tokens) as cache_write_tokens,
        sum(total_output_tokens) as output_tokens,
        sum(total_cost_usd order by stream_index) as cost_usd
    from {{ ref('int_stream') }}
    where is_counted
    group by all

),

-- what a harness knows of a whole trial is the attempt's when there is one attempt, else it stays with the trial
alone as (

    select
        attempts.attempt_id,
        {{ uncached('trials.input_tokens_with_cache', 'trials.cache_read_tokens') }} as input_tokens,
        trials.cache_read_tokens,
        trials.cache_write_tokens,
        trials.output_tokens,
        trials.cost_usd,
        {{ elapsed_s('trials.started_at', 'trials.finished_at') }} as wall_time_s,
        {{ elapsed_s('trials.agent_started_at', 'trials.agent_finished_at') }} as agent_time_s
    from attempts
    inner join trials on attempts.trial_id = trials.trial_id
    where attempts.attempt_count = 1

),

joined as (

    select
        attempts.attempt_id,
        case
            when usage.usage_step_count > 0 then 'telemetry'
            when coalesce(reported.input_tokens, reported.output_tokens) is not null then 'results_row'
            when coalesce(streams.input_tokens, streams.output_tokens) is not null then 'stream_total'
            when coalesce(alone.input_tokens, alone.output_tokens) is not null then 'agent_result'
        end as tokens_basis,
        {% for column in ['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens'] %}
            usage.{{ column }} as telemetry_{{ column }},
            reported.{{ column }} as results_row_{{ column }},
            streams.{{ column }} as stream_total_{{ column }},
            alone.{{ column }} as agent_result_{{ column }},
        {% endfor %}
        coalesce(usage.cost_is_partial, false) as cost_is_partial,
        -- a cost of 0 beside tokens means that no price was known
        coalesce(
            usage.cost_usd, nullif(reported.cost_usd, 0), nullif(streams.cost_usd, 0), nullif(alone.cost_usd, 0)
        ) as cost_usd,
        case
            when usage.cost_usd is not null then usage.cost_basis
            when nullif(reported.cost_usd, 0) is not null then 'results_row'
            when nullif(streams.cost_usd, 0) is not null then 'stream_total'
            when nullif(alone.cost_usd, 0) is not null then 'agent_result'
        end as cost_source,
        reported.wall_time_s as harness_wall_time_s,
        alone.wall_time_s as trial_wall_time_s,
        {{ elapsed_s('streams.started_at', 'streams.finished_at') }} as telemetry_wall_time_s,
        alone.agent_time_s
    from attempts
    left join usage on attempts.attempt_id = usage.span_id
    left join reported on attempts.attempt_id = reported.attempt_id
    left join streams on attempts.attempt_id = streams.attempt_id
    left join alone on attempts.attempt_id = alone.attempt_id

),

counted as (

    select
        *,
        {% for column in ['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens'] %}
            case tokens_basis
                when 'telemetry' then telemetry_{{ column }}
                when 'results_row' then results_row_{{ column }}
                when 'stream_total' then stream_total_{{ column }}
                when 'agent_result' then agent_result_{{ column }}
            end as {{ column }},
        {% endfor %}
        coalesce(trial_wall_time_s, harness_wall_time_s, telemetry_wall_time_s) as wall_time_s,
        case
            when trial_wall_time_s is not null then 'trial'
            when harness_wall_time_s is not null then 'harness'
            when telemetry_wall_time_s is not null then 'telemetry'
        end as wall_time_basis
    from joined

)

select
    attempt_id,
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
    cost_is_partial,
    wall_time_s,
    wall_time_basis,
    agent_time_s
from counted

with

attempts as (

    select
        trial_id,
        sum(cost_usd) as cost_usd,
        sum(input_tokens_total) as input_tokens_total,
        sum(output_tokens_total) as output_tokens_total,
        sum(tool_call_count) as tool_call_count
    from {{ ref('attempt_span') }}
    group by all

)

select
    trials.trial_id,
    trials.cost_usd,
    attempts.cost_usd as attempts_cost_usd
from {{ ref('trial') }} as trials
inner join attempts on trials.trial_id = attempts.trial_id
where
    (trials.cost_basis = 'attempt' and abs(trials.cost_usd - attempts.cost_usd) > 1e-9)
    or (trials.tokens_basis = 'attempt' and trials.input_tokens_total <> attempts.input_tokens_total)
    or (trials.tokens_basis = 'attempt' and trials.output_tokens_total <> attempts.output_tokens_total)
    or trials.tool_call_count <> attempts.tool_call_count

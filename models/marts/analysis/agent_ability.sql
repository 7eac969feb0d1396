with

cells as (

    select * from {{ ref('response_matrix') }}

),

fits as (

    select * from {{ ref('int_response_fit') }}
    where record_kind = 'agent'

),

grouped as (

    select
        dataset_name,
        agent_id,
        min(agent_type) as agent_type,
        min(model_id) as model_id,
        count(*) filter (where outcome_count > 0) as item_count,
        cast(sum(trial_count) as bigint) as trial_count,
        cast(sum(outcome_count) as bigint) as outcome_count,
        cast(sum(resolved_count) as bigint) as resolved_count,
        cast(sum(infra_failure_count) as bigint) as infra_failure_count,
        cast(sum(unjudged_count) as bigint) as unjudged_count,
        cast(sum(timed_out_count) as bigint) as timed_out_count,
        cast(sum(retried_count) as bigint) as retried_count,
        avg(mean_outcome order by item_id) as mean_score,
        count(*) filter (where outcome_count > 1) as repeated_item_count,
        -- population standard deviation of c ones and n - c zeros
        avg(
            sqrt(resolved_count * (outcome_count - resolved_count)) / outcome_count order by item_id
        ) filter (where outcome_count > 1) as flakiness,
        avg(
            2 * resolved_count * (outcome_count - resolved_count) / (outcome_count * (outcome_count - 1))
            order by item_id
        ) filter (where outcome_count > 1) as pairwise_disagreement,
        avg(if(is_mixed, 1, 0)) filter (where outcome_count > 1) as mixed_item_rate,
        count(outcome_p90) as aptitude_item_count,
        avg(outcome_p90 order by item_id) as aptitude,
        avg(outcome_p90 - outcome_p10 order by item_id) as unreliability
    from cells
    group by all

),

ks as (

    select unnest(range(1, {{ var('most_repeats') }} + 1)) as k

),

points as (

    select
        cells.dataset_name,
        cells.agent_id,
        ks.k,
        count(*) as item_count,
        avg({{ pass_at_k('outcome_count', 'resolved_count', 'ks.k') }} order by item_id) as pass_at_k,
        avg({{ pass_hat_k('outcome_count', 'resolved_count', 'ks.k') }} order by item_id) as pass_hat_k
    from cells
    inner join ks on cells.outcome_count >= ks.k
    group by all

),

curves as (

    select
        dataset_name,
        agent_id,
        list(item_count order by k) as pass_at_k_item_counts,
        list(pass_at_k order by k) as pass_at_k,
        list(pass_hat_k order by k) as pass_hat_k
    from points
    group by all

)

select
    md5(concat_ws('|', grouped.dataset_name, grouped.agent_id)) as agent_ability_id,
    grouped.dataset_name,
    grouped.agent_id,
    grouped.agent_type,
    grouped.model_id,
    fits.response_model,
    fits.is_converged,
    fits.ability,
    fits.ability_error,
    fits.ability_rank,
    fits.ability_rank_best,
    fits.ability_rank_worst,
    grouped.* exclude (dataset_name, agent_id, agent_type, model_id),
    {{ ratio('grouped.resolved_count', 'grouped.outcome_count') }} as resolved_rate,
    {{ ratio('grouped.resolved_count', 'grouped.outcome_count + grouped.infra_failure_count') }}
        as resolved_rate_with_infra,
    curves.pass_at_k,
    len(curves.pass_at_k) as pass_at_k_count,
    curves.pass_at_k[-1] as pass_at_k_last,
    curves.pass_hat_k,
    curves.pass_hat_k[-1] as pass_hat_k_last,
    curves.pass_at_k_item_counts
from grouped
left join fits on grouped.dataset_name = fits.dataset_name and grouped.agent_id = fits.agent_id
left join curves on grouped.dataset_name = curves.dataset_name and grouped.agent_id = curves.agent_id

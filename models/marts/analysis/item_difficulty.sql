with

cells as (

    select * from {{ ref('response_matrix') }}

),

items as (

    select * from {{ ref('int_response_item') }}

),

fits as (

    select * from {{ ref('int_response_fit') }}

),

counted as (

    select
        dataset_name,
        item_id,
        count(*) filter (where outcome_count > 0) as agent_count,
        cast(sum(trial_count) as bigint) as trial_count,
        cast(sum(outcome_count) as bigint) as outcome_count,
        cast(sum(resolved_count) as bigint) as resolved_count,
        cast(sum(infra_failure_count) as bigint) as infra_failure_count,
        cast(sum(unjudged_count) as bigint) as unjudged_count,
        cast(sum(report_count) as bigint) as report_count,
        cast(sum(incomplete_report_count) as bigint) as incomplete_report_count,
        cast(sum(missing_report_count) as bigint) as missing_report_count,
        avg(mean_outcome order by agent_id) as mean_outcome,
        count(*) filter (where outcome_count > 1) as repeated_agent_count,
        count(*) filter (where is_mixed) as mixed_agent_count,
        min(first_tried_at) as first_tried_at
    from cells
    group by all

),

-- the item's outcomes against what its agents reach on the other items
compared as (

    select
        dataset_name,
        item_id,
        mean_outcome,
        {{ ratio(
            'sum(mean_outcome) over other_items - mean_outcome', '(count(*) over other_items - 1)'
        ) }} as rest_mean
    from cells
    where outcome_count > 0
    window other_items as (partition by dataset_name, agent_id)

),

correlated as (

    select
        dataset_name,
        item_id,
        round(corr(mean_outcome, rest_mean), 6) as item_rest_correlation
    from compared
    group by all
    having
        count(rest_mean) >= {{ threshold('item_rest_agents') }}
        and round(stddev_pop(mean_outcome), 6) > 0
        and round(stddev_pop(rest_mean), 6) > 0

),

-- whether a prediction is to be believed stands with the data set
tested as (

    select
        dataset_name,
        difficulty_rmse < mean_difficulty_rmse as is_prediction_better_than_mean
    from fits
    where record_kind = 'split' and difficulty_rmse is not null

)

select
    md5(concat_ws('|', items.dataset_name, items.item_id)) as item_difficulty_id,
    items.dataset_name,
    items.item_id,
    items.task_id,
    items.revision,
    items.is_tried,
    coalesce(counted.agent_count, 0) as agent_count,
    coalesce(counted.trial_count, 0) as trial_count,
    coalesce(counted.outcome_count, 0) as outcome_count,
    coalesce(counted.resolved_count, 0) as resolved_count,
    coalesce(counted.infra_failure_count, 0) as infra_failure_count,
    coalesce(counted.unjudged_count, 0) as unjudged_count,
    coalesce(counted.report_count, 0) as report_count,
    coalesce(counted.incomplete_report_count, 0) as incomplete_report_count,
    coalesce(counted.missing_report_count, 0) as missing_report_count,
    coalesce(counted.repeated_agent_count, 0) as repeated_agent_count,
    coalesce(counted.mixed_agent_count, 0) as mixed_agent_count,
    counted.mean_outcome,
    counted.first_tried_at,
    correlated.item_rest_correlation,
    fits.response_model,
    fits.difficulty,
    fits.difficulty_error,
    fits.discrimination,
    fits.discrimination_error,
    fits.predicted_difficulty,
    fits.predicted_difficulty_error,
    if(fits.predicted_difficulty is null, null, tested.is_prediction_better_than_mean)
        as is_prediction_better_than_mean,
    fits.embedding_model
from items
left join counted on items.dataset_name = counted.dataset_name and items.item_id = counted.item_id
left join correlated on items.dataset_name = correlated.dataset_name and items.item_id = correlated.item_id
left join fits
    on items.dataset_name = fits.dataset_name and items.item_id = fits.item_id and fits.record_kind = 'item'
left join tested on items.dataset_name = tested.dataset_name

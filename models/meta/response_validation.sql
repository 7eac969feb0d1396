with

splits as (

    select * from {{ ref('int_response_fit') }}
    where record_kind = 'split'

),

sizes as (

    select
        dataset_name,
        count(distinct agent_id) as agent_count,
        count(distinct item_id) as item_count,
        count(*) as cell_count,
        cast(sum(outcome_count) as bigint) as outcome_count
    from {{ ref('response_matrix') }}
    where outcome_count > 0
    group by all

)

select
    concat_ws(' ', splits.dataset_name, splits.split, splits.response_model) as response_validation_id,
    splits.dataset_name,
    splits.split,
    splits.response_model,
    sizes.agent_count,
    sizes.item_count,
    sizes.cell_count,
    sizes.outcome_count,
    splits.held_out_cell_count,
    splits.fold_count,
    splits.auc,
    splits.rmse,
    splits.log_loss,
    splits.calibration_error,
    splits.difficulty_rmse,
    splits.mean_difficulty_rmse,
    splits.embedding_model
from splits
inner join sizes on splits.dataset_name = sizes.dataset_name

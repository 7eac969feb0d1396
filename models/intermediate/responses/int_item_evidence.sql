with

items as (

    select * from {{ ref('item_difficulty') }}

),

measured as (

    select
        *,
        {{ ratio('resolved_count', 'outcome_count') }} as resolved_rate,
        {{ ratio('infra_failure_count', 'trial_count') }} as infra_failure_share,
        {{ ratio('incomplete_report_count + missing_report_count', 'report_count + missing_report_count') }}
            as missing_test_share,
        {{ ratio('mixed_agent_count', 'repeated_agent_count') }} as mixed_agent_share,
        -- Fisher (1921): the correlation's own interval
        if(
            agent_count > 3,
            tanh(
                atanh(greatest(-0.999999, least(0.999999, item_rest_correlation)))
                + {{ threshold('certain_deviations') }} / sqrt(agent_count - 3)
            ),
            null
        ) as item_rest_correlation_high,
        lag(item_id) over revisions as previous_item_id,
        lag(mean_outcome) over revisions as previous_mean_outcome,
        lag(difficulty) over revisions as previous_difficulty,
        lag(difficulty_error) over revisions as previous_difficulty_error
    from items
    where trial_count > 0
    window revisions as (
        partition by dataset_name, task_id, revision is null
        order by not starts_with(revision, 'pre'), first_tried_at nulls first, revision
    )

),

shifted as (

    select
        *,
        difficulty - previous_difficulty as difficulty_shift,
        {{ ratio(
            'difficulty - previous_difficulty', 'sqrt(difficulty_error ^ 2 + previous_difficulty_error ^ 2)'
        ) }} as difficulty_shift_deviations
    from measured

)

select * from shifted

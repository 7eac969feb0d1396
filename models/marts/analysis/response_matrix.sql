with

-- what the verifier left of the last attempt
reports as (

    select
        trial_id,
        label_basis = 'tests' as has_report,
        has_incomplete_report,
        patch_outcome_label_rule = 'report_missing' as is_report_missing
    from {{ ref('patch_outcome_label') }}
    where is_last_attempt

),

outcomes as (

    select
        outcomes.*,
        reports.* exclude (trial_id),
        coalesce(dataset_name, 'unnamed') as response_dataset,
        -- the same agent under another treatment is another subject
        agent_id || coalesce(
            ' [' || nullif(concat_ws(
                ', ', agent_version, attempt1_tool_cap || ' calls', timeout_s || ' s'
            ), '') || ']',
            ''
        ) as subject,
        greatest(0, least(1, coalesce(first_reward, cast(resolved_first as double)))) as first_outcome,
        is_value_known and first_outcome is not null and not coalesce(is_infra_failure, false) as is_counted
    from {{ ref('int_run_outcome') }} as outcomes
    left join reports on outcomes.trial_id = reports.trial_id

),

-- an outcome that does not say which revision it is of is of the only one that is known
revisions as (

    select
        response_dataset,
        task_id,
        min(revision) as revision,
        count(distinct revision) as revision_count
    from outcomes
    group by all

),

revised as (

    select
        outcomes.* exclude (revision),
        coalesce(outcomes.revision, if(revisions.revision_count = 1, revisions.revision, null)) as revision,
        revisions.revision_count
    from outcomes
    inner join revisions
        on outcomes.response_dataset = revisions.response_dataset and outcomes.task_id = revisions.task_id

),

cells as (

    select
        response_dataset as dataset_name,
        subject as agent_id,
        task_id || if(revision_count > 1, '@' || coalesce(revision, 'unknown'), '') as item_id,
        task_id,
        revision,
        min(agent_type) as agent_type,
        min(model_id) as model_id,
        if(min(outcome_source) = max(outcome_source), min(outcome_source), 'both') as outcome_source,
        count(*) as trial_count,
        count(*) filter (where is_counted) as outcome_count,
        count(*) filter (where is_counted and first_outcome = 1) as resolved_count,
        {{ settled('sum', 'if(is_counted, first_outcome, null)') }} as outcome_sum,
        quantile_cont(first_outcome, [0.1, 0.9]) filter (where is_counted) as outcome_percentiles,
        count(*) filter (where is_infra_failure) as infra_failure_count,
        count(*) filter (where is_timed_out) as timed_out_count,
        count(*) filter (where attempt_count > 1) as retried_count,
        count(*) filter (where has_report) as report_count,
        count(*) filter (where has_incomplete_report) as incomplete_report_count,
        count(*) filter (where is_report_missing) as missing_report_count,
        min(started_at) as first_tried_at
    from revised
    group by all

)

select
    md5(concat_ws('|', dataset_name, agent_id, item_id)) as response_cell_id,
    dataset_name,
    agent_id,
    item_id,
    task_id,
    revision,
    agent_type,
    model_id,
    outcome_source,
    trial_count,
    outcome_count,
    resolved_count,
    {{ ratio('outcome_sum', 'outcome_count') }} as mean_outcome,
    outcome_sum <> resolved_count as has_fractions,
    outcome_count > 1 and resolved_count between 1 and outcome_count - 1 as is_mixed,
    if(outcome_count >= {{ threshold('aptitude_outcomes') }}, outcome_percentiles[1], null) as outcome_p10,
    if(outcome_count >= {{ threshold('aptitude_outcomes') }}, outcome_percentiles[2], null) as outcome_p90,
    infra_failure_count,
    trial_count - outcome_count - infra_failure_count as unjudged_count,
    timed_out_count,
    retried_count,
    report_count,
    incomplete_report_count,
    missing_report_count,
    first_tried_at
from cells

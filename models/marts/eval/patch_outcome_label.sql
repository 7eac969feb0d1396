{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

labels as (

    select * from {{ ref('int_attempt_label') }}
    where {{ is_touched('attempt_id') }}

),

treatments as (

    select * from {{ ref('int_attempt_treatment') }}

)

select
    labels.attempt_id,
    treatments.trial_id,
    treatments.run_id,
    treatments.dataset,
    treatments.task_id,
    treatments.task_key,
    treatments.attempt_index,
    treatments.is_last_attempt,
    labels.is_judged,
    labels.patch_applies,
    labels.verifier_status,
    labels.reward,
    labels.harness_reward,
    labels.patch_outcome_label,
    labels.patch_outcome_label_rule,
    labels.label_basis,
    labels.patch_outcome_reason,
    labels.no_effect_reason,
    labels.fail_to_pass_count,
    labels.pass_to_fail_count,
    labels.pass_to_pass_count,
    labels.fail_to_fail_count,
    labels.fail_to_pass_total,
    labels.fail_to_fail_class_count,
    labels.task_fail_to_pass_total,
    labels.has_incomplete_report,
    labels.f2p_rate,
    labels.regression_rate,
    labels.swebench_resolution,
    labels.report_shape,
    labels.infra_failure,
    labels.has_label_reward_disagreement
from labels
inner join treatments on labels.attempt_id = treatments.attempt_id

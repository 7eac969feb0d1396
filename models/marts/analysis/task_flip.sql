{{ incremental_by_unit('int_comparison_unit', 'run_treatment_id') }}

with

-- a task that one side resolved more often than the other
flips as (

    select * from {{ ref('int_comparison_task') }}
    where is_compared and value_difference <> 0 and {{ is_touched('run_treatment_id') }}

),

outcomes as (

    select * from {{ ref('int_run_outcome') }}
    where not is_infra_failure

),

-- the trials that may show a flip: one that is resolved, and one that is not
shown as (

    {% for scope in ['first', 'final'] %}
        select
            run_treatment_id,
            task_id,
            '{{ scope }}' as attempt_scope,
            resolved_{{ scope }} as is_better,
            min(trial_id) as trial_id
        from outcomes
        where resolved_{{ scope }} is not null
        group by all
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

attempts as (

    select
        shown.*,
        spans.attempt_id,
        spans.patch_outcome_label,
        spans.localized_correct_file,
        spans.localization_mode,
        spans.final_failure_mode,
        coalesce(spans.failure_class, spans.exit_status) as failure_class,
        spans.timed_out,
        spans.tool_call_count,
        spans.edit_calls,
        spans.touched_files_count
    from shown
    inner join {{ ref('attempt_span') }} as spans
        on
            shown.trial_id = spans.trial_id
            and if(shown.attempt_scope = 'first', spans.attempt_index = 0, spans.is_last_attempt)

)

select
    md5(flips.comparison_id || ' ' || flips.attempt_scope || ' ' || flips.task_id) as task_flip_id,
    flips.comparison_id || ' ' || flips.attempt_scope as run_comparison_id,
    flips.comparison_id,
    flips.attempt_scope,
    flips.run_treatment_id,
    flips.baseline_run_treatment_id,
    flips.task_key,
    flips.task_id,
    flips.repository,
    if(flips.value_difference > 0, 'gained', 'lost') as flip,
    flips.run_value as run_resolved_rate,
    flips.baseline_value as baseline_resolved_rate,
    flips.run_trial_count,
    flips.baseline_trial_count,
    {% for side in ['run', 'baseline'] %}
        {{ side }}s.trial_id as {{ side }}_trial_id,
        {{ side }}s.attempt_id as {{ side }}_attempt_id,
        {{ side }}s.patch_outcome_label as {{ side }}_patch_outcome_label,
        {{ side }}s.localized_correct_file as {{ side }}_localized_correct_file,
        {{ side }}s.localization_mode as {{ side }}_localization_mode,
        {{ side }}s.final_failure_mode as {{ side }}_final_failure_mode,
        {{ side }}s.failure_class as {{ side }}_failure_class,
        {{ side }}s.timed_out as {{ side }}_timed_out,
        {{ side }}s.tool_call_count as {{ side }}_tool_call_count,
        {{ side }}s.edit_calls as {{ side }}_edit_calls,
        {{ side }}s.touched_files_count as {{ side }}_touched_files_count,
    {% endfor %}
    flips.run_cost_usd,
    flips.baseline_cost_usd
from flips
{% for side, (key, better) in {
    'run': ('run_treatment_id', '>'), 'baseline': ('baseline_run_treatment_id', '<'),
}.items() -%}
    left join attempts as {{ side }}s
        on
            flips.{{ key }} = {{ side }}s.run_treatment_id
            and flips.attempt_scope = {{ side }}s.attempt_scope
            and flips.task_id = {{ side }}s.task_id
            and (flips.value_difference {{ better }} 0) = {{ side }}s.is_better
{% endfor %}

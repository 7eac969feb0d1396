{{ incremental_by_unit('int_comparison_unit', 'run_treatment_id') }}

with

pairs as (

    select * from {{ ref('int_comparison_pair') }}
    where {{ is_touched('run_treatment_id') }}

),

tests as (

    select * from {{ ref('int_comparison_test') }}

),

fairness as (

    select * from {{ ref('int_comparison_fairness') }}

),

units as (

    select * from {{ ref('int_run_unit') }}

),

tasks as (

    select * from {{ ref('int_comparison_task') }}
    where {{ is_touched('run_treatment_id') }}

),

-- both sides over the tasks that are compared, so that cost and rate speak of the same work
compared as (

    select
        comparison_id,
        attempt_scope,
        {% for side in ['run', 'baseline'] %}
            {{ settled('avg', side ~ '_value') }} as {{ side }}_resolved_rate,
            {{ settled('sum', side ~ '_value * ' ~ side ~ '_trial_count') }} as {{ side }}_resolved_count,
            if(count({{ side }}_cost_usd) = count(*), {{ settled('sum', side ~ '_cost_usd') }}, null)
                as {{ side }}_cost_usd,
            if(count({{ side }}_token_count) = count(*), sum({{ side }}_token_count), null) as {{ side }}_token_count,
            median({{ side }}_wall_time_s) as {{ side }}_wall_time_s_p50,
        {% endfor %}
        max(greatest(run_trial_count, baseline_trial_count)) > 1 as has_repeats
    from tasks
    where is_compared
    group by all

),

-- and over all that they share, where a failure of the infrastructure counts as not resolved
shared as (

    select
        comparison_id,
        attempt_scope,
        count(*) filter (where run_infra_failure_count > 0) as run_infra_task_count,
        count(*) filter (where baseline_infra_failure_count > 0) as baseline_infra_task_count,
        {{ settled('avg', "if(
            (run_value is not null or run_infra_failure_count > 0)
            and (baseline_value is not null or baseline_infra_failure_count > 0),
            coalesce(run_value, 0) - coalesce(baseline_value, 0),
            null
        )") }} as difference_with_infra
    from tasks
    group by all

),

joined as (

    select
        pairs.*,
        tests.* exclude (comparison_id, run_treatment_id),
        fairness.* exclude (comparison_id, run_treatment_id, attempt_scope),
        {% for side in ['run', 'baseline'] %}
            compared.{{ side }}_resolved_rate,
            {{ ratio('compared.' ~ side ~ '_cost_usd', 'compared.' ~ side ~ '_resolved_count') }}
                as {{ side }}_cost_per_resolved,
            {{ ratio('compared.' ~ side ~ '_token_count', 'compared.' ~ side ~ '_resolved_count') }}
                as {{ side }}_tokens_per_resolved,
            compared.{{ side }}_wall_time_s_p50,
        {% endfor %}
        compared.has_repeats,
        shared.* exclude (comparison_id, attempt_scope),
        if(tests.p_holm < {{ threshold('comparison_alpha') }}, if(tests.difference > 0, 'run', 'baseline'), null)
            as better_side
    from tests
    inner join pairs on tests.comparison_id = pairs.comparison_id
    inner join fairness
        on tests.comparison_id = fairness.comparison_id and tests.attempt_scope = fairness.attempt_scope
    inner join compared
        on tests.comparison_id = compared.comparison_id and tests.attempt_scope = compared.attempt_scope
    inner join shared on tests.comparison_id = shared.comparison_id and tests.attempt_scope = shared.attempt_scope

)

select
    joined.comparison_id || ' ' || joined.attempt_scope as run_comparison_id,
    joined.* exclude (baseline_rank, input_fingerprint, better_side),
    {% for side, relation in {'run': 'runs', 'baseline': 'baselines'}.items() %}
        {{ relation }}.run_id as {{ 'run_id' if side == 'run' else 'baseline_run_id' }},
        {{ relation }}.agent_id as {{ side }}_agent_id,
        {{ relation }}.ordered_at as {{ side }}_ordered_at,
    {% endfor %}
    runs.dataset_name,
    baselines.outcome_source as baseline_source,
    if(joined.has_repeats, 'sign_exact', 'mcnemar_exact') as test_name,
    joined.run_only_count + joined.baseline_only_count as discordant_count,
    if(joined.is_fair_comparison, joined.better_side, null) as winner,
    if(joined.is_fair_comparison is null, joined.better_side, null) as winner_if_treatment_equal,
    case
        when joined.is_fair_comparison is not true then 'refused'
        when joined.better_side = 'run' then 'better'
        when joined.better_side = 'baseline' then 'worse'
        else 'no_evidence'
    end as verdict,
    {{ pareto_relation() }} as pareto_relation,
    row_number() over (
        partition by joined.run_treatment_id, joined.attempt_scope
        order by
            joined.baseline_rank asc nulls last,
            coalesce(runs.agent_type = baselines.agent_type, false) desc,
            baselines.ordered_at desc nulls last,
            baselines.run_id desc,
            joined.comparison_id asc
    ) = 1 as is_verdict_baseline
from joined
inner join units as runs on joined.run_treatment_id = runs.run_treatment_id
inner join units as baselines on joined.baseline_run_treatment_id = baselines.run_treatment_id

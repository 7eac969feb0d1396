{#- a rule: when it fires, the number that it looks at, and the one that this is compared with -#}
{%- set has_agents = 'agent_count >= ' ~ threshold('health_agents') -%}
{%- set rules = {
    'infra_dominated': (
        'trial_count >= ' ~ threshold('infra_dominated_trials'),
        'infra_failure_share', threshold('infra_dominated_share'), '>='
    ),
    'tests_missing_from_reports': ('true', 'missing_test_share', threshold('missing_test_share'), '>='),
    'negative_discrimination': (has_agents, 'item_rest_correlation_high', '0', '<'),
    'flaky_for_everyone': (
        'repeated_agent_count >= ' ~ threshold('flaky_agents'),
        'mixed_agent_share', threshold('flaky_agent_share'), '>='
    ),
    'revision_changed_outcome': ('true', 'abs(difficulty_shift_deviations)', threshold('certain_deviations'), '>'),
    'revision_without_effect': ('true', 'abs(difficulty_shift_deviations)', threshold('certain_deviations'), '<='),
    'never_resolved': (has_agents, 'resolved_rate', '0', '='),
    'always_resolved': (has_agents, 'resolved_rate', '1', '='),
} -%}

with

evidence as (

    select * from {{ ref('int_item_evidence') }}

),

found as (

    {% for rule, (condition, evidence, limit, comparison) in rules.items() -%}
        select
            item_difficulty_id,
            '{{ rule }}' as item_health_rule,
            {{ evidence }} as evidence_value,
            {{ limit }} as evidence_limit
        from evidence
        where {{ condition }} and {{ evidence }} {{ comparison }} {{ limit }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

described as (

    select
        found.*,
        rules.rank as item_health_rank,
        rules.severity,
        rules.suggested_action
    from found
    inner join {{ ref('item_health_rule') }} as rules on found.item_health_rule = rules.item_health_rule

),

listed as (

    select
        evidence.dataset_name,
        evidence.item_id,
        coalesce(
            list(
                described.item_health_rule order by described.item_health_rank
            ) filter (where described.severity <> 'revised'),
            []
        ) as fired_rules
    from evidence
    left join described on evidence.item_difficulty_id = described.item_difficulty_id
    group by all

)

select
    md5(concat_ws('|', evidence.item_difficulty_id, described.item_health_rule)) as item_health_id,
    evidence.dataset_name,
    evidence.item_id,
    evidence.task_id,
    evidence.revision,
    described.* exclude (item_difficulty_id),
    evidence.agent_count,
    evidence.trial_count,
    evidence.outcome_count,
    evidence.resolved_count,
    evidence.mean_outcome,
    evidence.item_rest_correlation,
    evidence.item_rest_correlation_high,
    evidence.repeated_agent_count,
    evidence.mixed_agent_count,
    evidence.infra_failure_count,
    evidence.report_count,
    evidence.incomplete_report_count,
    evidence.missing_report_count,
    evidence.difficulty,
    evidence.difficulty_error,
    evidence.previous_item_id,
    evidence.previous_mean_outcome,
    evidence.previous_difficulty,
    evidence.difficulty_shift,
    list_filter(
        earlier.fired_rules, lambda rule: not list_contains(later.fired_rules, rule)
    ) as cleared_rules,
    list_filter(
        later.fired_rules, lambda rule: not list_contains(earlier.fired_rules, rule)
    ) as added_rules
from described
inner join evidence on described.item_difficulty_id = evidence.item_difficulty_id
left join listed as earlier
    on evidence.dataset_name = earlier.dataset_name and evidence.previous_item_id = earlier.item_id
left join listed as later
    on
        evidence.previous_item_id is not null
        and evidence.dataset_name = later.dataset_name
        and evidence.item_id = later.item_id

{#- a label: the mart that has it, and its key there; a new one is a line here and gold labels -#}
{%- set labels = {
    'patch_outcome_label': ('patch_outcome_label', 'attempt_id'),
    'session_outcome': ('user_session', 'session_id'),
    'session_failure_mode': ('session_dynamics', 'session_id'),
    'session_attribution': ('agent_anticipation', 'session_id'),
} -%}

with

gold_labels as (

    select
        label,
        unit_id,
        coalesce(expected_value, 'none') as gold_value
    from {{ ref('gold_label') }}

),

given as (

    {% for label, (mart, key) in labels.items() -%}
        select
            '{{ label }}' as label,
            {{ key }} as unit_id,
            coalesce({{ label }}, 'none') as given_value
        from {{ ref(mart) }}
        where {{ key }} in (select gold_labels.unit_id from gold_labels)
        {{- ' union all ' if not loop.last }}
    {% endfor %}

),

compared as (

    select
        gold_labels.label,
        gold_labels.unit_id,
        gold_labels.gold_value,
        given.given_value
    from gold_labels
    left join given on gold_labels.label = given.label and gold_labels.unit_id = given.unit_id

),

known_values as (

    select
        label,
        gold_value as value
    from compared
    union
    select
        label,
        given_value as value
    from compared
    where given_value is not null

),

counted as (

    select
        known_values.label,
        known_values.value,
        count(given_value) as unit_count,
        count(*) - count(given_value) as missing_unit_count,
        count(given_value) filter (where gold_value = known_values.value) as gold_count,
        count(given_value) filter (where given_value = known_values.value) as given_count,
        count(given_value) filter (where gold_value = known_values.value and given_value = known_values.value)
            as agreed_count
    from known_values
    inner join compared on known_values.label = compared.label
    group by all

),

-- what is said of the label as a whole stands beside each of its values
agreed as (

    select
        *,
        sum(agreed_count) over (partition by label) as label_agreed_count,
        {{ ratio('sum(agreed_count) over (partition by label)', 'unit_count') }} as observed_agreement,
        {{ ratio('sum(gold_count * given_count) over (partition by label)', 'unit_count * unit_count') }}
            as expected_agreement
    from counted

)

select
    label || ' ' || value as label_validation_id,
    label,
    value,
    unit_count,
    missing_unit_count,
    gold_count,
    given_count,
    agreed_count as true_positive_count,
    given_count - agreed_count as false_positive_count,
    gold_count - agreed_count as false_negative_count,
    unit_count - gold_count - given_count + agreed_count as true_negative_count,
    {{ ratio('agreed_count', 'given_count') }} as label_precision,
    {{ ratio('agreed_count', 'gold_count') }} as label_recall,
    observed_agreement,
    expected_agreement,
    {{ kappa('observed_agreement', 'expected_agreement') }} as kappa,
    {{ kappa(wilson_bound('label_agreed_count', 'unit_count', -1), 'expected_agreement') }} as kappa_low,
    {{ kappa(wilson_bound('label_agreed_count', 'unit_count', 1), 'expected_agreement') }} as kappa_high
from agreed

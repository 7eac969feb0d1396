with

compared as (

    select * from {{ ref('int_label_unit') }}

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

ordered as (

    select
        label,
        {{ weighted_kappa('gold_position', 'given_position') }} as weighted_kappa
    from compared
    where gold_position is not null and given_position is not null
    group by all

),

-- what is said of the label as a whole stands beside each of its values
agreed as (

    select
        counted.*,
        ordered.weighted_kappa,
        sum(counted.agreed_count) over (partition by counted.label) as label_agreed_count,
        sum(counted.gold_count * counted.given_count) over (partition by counted.label) as label_chance_count
    from counted
    left join ordered on counted.label = ordered.label

),

shared as (

    select
        *,
        {{ ratio('label_agreed_count', 'unit_count') }} as observed_agreement,
        {{ ratio('label_chance_count', 'unit_count * unit_count') }} as expected_agreement
    from agreed

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
    {{ kappa(wilson_bound('label_agreed_count', 'unit_count', 1), 'expected_agreement') }} as kappa_high,
    weighted_kappa
from shared

{#- a derived label: the mart that has it, and its key there; a new one is a line here and gold labels -#}
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

verdicts as (

    select * from {{ ref('int_judge_verdict') }}

),

positions as (

    select * from {{ ref('judgement_value') }}

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

derived as (

    select
        gold_labels.label,
        gold_labels.unit_id,
        gold_labels.gold_value,
        given.given_value
    from gold_labels
    left join given on gold_labels.label = given.label and gold_labels.unit_id = given.unit_id

),

-- what people judge is the gold of what a model judges; where their scale tells no value there is nothing to compare
judged as (

    select
        people.signal as label,
        people.session_id as unit_id,
        coalesce(people.value, if(people.turn_index is null, 'none', 'conflated')) as gold_value,
        case
            when people.turn_index <> models.turn_index then 'conflated_elsewhere'
            else coalesce(models.value, if(models.turn_index is null, 'none', 'conflated'))
        end as given_value
    from verdicts as people
    inner join verdicts as models on people.session_id = models.session_id and people.signal = models.signal
    where
        people.is_human
        and not models.is_human
        and (people.value is not null or people.signal = 'conflation_turn')

),

compared as (

    select * from derived
    union all
    select * from judged

)

select
    compared.label,
    compared.unit_id,
    compared.gold_value,
    compared.given_value,
    gold_positions.position as gold_position,
    given_positions.position as given_position
from compared
left join positions as gold_positions
    on compared.label = gold_positions.signal and compared.gold_value = gold_positions.value
left join positions as given_positions
    on compared.label = given_positions.signal and compared.given_value = given_positions.value

{%- set signals = {
    'task_paraphrase_accuracy': 'score',
    'plan_optimality': 'value',
    'conflation_turn': 'turn_index',
    'instruction_adherence': 'value',
    'goal_alignment_at_close': 'score',
} -%}

{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

sessions as (

    select session_id from {{ ref('int_judge_unit') }}
    where {{ is_touched('session_id') }}

),

verdicts as (

    select * from {{ ref('int_judge_verdict') }}
    where {{ is_touched('session_id') }}

),

-- what a person says stands before what a model says
standing as (

    select * from verdicts
    qualify row_number() over (partition by session_id, signal order by is_human desc) = 1

)

select
    {% for signal, column in signals.items() %}
        any_value(standing.{{ column }}) filter (where standing.signal = '{{ signal }}') as {{ signal }},
        count(*) filter (where standing.signal = '{{ signal }}') > 0 as {{ signal }}_judged,
        any_value(standing.judge) filter (where standing.signal = '{{ signal }}') as {{ signal }}_judge,
    {% endfor %}
    sessions.session_id
from sessions
left join standing on sessions.session_id = standing.session_id
group by sessions.session_id

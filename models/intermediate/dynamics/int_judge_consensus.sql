{{ incremental_by_unit('int_judge_span_unit', 'span_id') }}

with

answers as (

    select * from {{ ref('int_judge_answer') }}
    where {{ is_touched('span_id') }}

),

orders as (

    select * from {{ ref('judgement_value') }}

),

-- values stand in an order, so that the middle of the answers is one of them
ranked as (

    select
        answers.*,
        coalesce(orders.position, answers.score, answers.turn_index) as rank
    from answers
    left join orders on answers.signal = orders.signal and answers.value = orders.value

),

modelled as (

    select
        span_id,
        signal,
        min(judge_model) as judge,
        -- an answer counts where most of those that were wanted came
        count(*) as wanted_count,
        count(*) filter (where status = 'accepted') as sample_count,
        count(*) filter (where status = 'accepted' and rank is not null) as telling_count,
        quantile_disc(rank, 0.5) filter (where status = 'accepted') as middle_rank
    from ranked
    group by all

)

select
    modelled.span_id,
    modelled.signal,
    min(ranked.value) as value,
    min(ranked.score) as score,
    min(ranked.turn_index) as turn_index,
    modelled.judge,
    modelled.sample_count
from modelled
left join ranked
    on
        modelled.span_id = ranked.span_id
        and modelled.signal = ranked.signal
        and modelled.middle_rank = ranked.rank
        and modelled.telling_count * 2 > modelled.sample_count
        and ranked.status = 'accepted'
where modelled.sample_count * 2 > modelled.wanted_count
group by all

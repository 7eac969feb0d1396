{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

curves as (

    select
        session_id,
        embedding_model,
        substantive_curve as curve,
        list_filter(intent_coherence_curve, lambda coherence: coherence is not null) as answers,
        max_context_pollution,
        cp_score,
        {{ model_threshold('drift_onset_pollution') }} as onset_pollution,
        {{ model_threshold('plateau_range') }} as plateau_range,
        {{ model_threshold('sudden_rise') }} as sudden_change
    from {{ ref('int_session_curve') }}
    where {{ is_touched('session_id') }}

),

-- how far turns of real conversations are from their requests, position i being percentile i - 1
references_of_models as (

    select
        embedding_model,
        list(context_pollution order by percentile) as reference_pollutions
    from {{ ref('pollution_percentile') }}
    group by all

),

placed as (

    select
        *,
        list_position(list_transform(curve, lambda pollution: pollution > onset_pollution), true) as onset_position,
        {{ closing_values('curve') }} as closing_points,
        {{ closing_values('answers') }} as closing_answers
    from curves

),

described as (

    select
        *,
        round(list_max(closing_points) - list_min(closing_points), 6) <= plateau_range as is_level,
        round(list_max(closing_answers) - list_min(closing_answers), 6) <= plateau_range as is_level_coherence,
        list_max(list_transform(
            range(greatest(onset_position, 2), len(curve) + 1),
            lambda position: round(curve[position] - curve[position - 1], 6)
        )) as largest_rise,
        list_max(list_transform(
            range(2, len(answers) + 1),
            lambda position: round(answers[position - 1] - answers[position], 6)
        )) as largest_fall
    from placed

)

select
    described.session_id,
    case
        when len(described.curve) < {{ threshold('shape_points') }} then null
        when described.max_context_pollution <= described.onset_pollution then 'flat'
        when
            described.onset_position <= {{ threshold('drift_early_position') }}
            and described.is_level
            and list_min(described.closing_points) > described.onset_pollution
            then 'early_plateau'
        when described.onset_position <= {{ threshold('drift_early_position') }} then 'early_sharp'
        when described.largest_rise >= described.sudden_change then 'sudden'
        else 'gradual'
    end as drift_curve_shape,
    case
        when coalesce(len(described.answers), 0) < {{ threshold('shape_points') }} then null
        when
            described.is_level_coherence
            and list_max(described.closing_answers) < round(1 - described.onset_pollution, 6)
            then 'low_plateau'
        when described.largest_fall >= described.sudden_change then 'sudden_drop'
        else 'steady'
    end as intent_coherence_shape,
    {{ percentile_rank('described.max_context_pollution', 'models.reference_pollutions') }}
        as max_context_pollution_percentile,
    {{ percentile_rank('described.cp_score', 'models.reference_pollutions') }} as cp_score_percentile
from described
left join references_of_models as models on described.embedding_model = models.embedding_model

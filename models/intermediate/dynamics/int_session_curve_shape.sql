{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

curves as (

    select
        session_id,
        embedding_model,
        substantive_curve as curve,
        len(substantive_curve) as point_count,
        max_context_pollution,
        {{ model_threshold('drift_onset_pollution') }} as onset_pollution
    from {{ ref('int_session_curve') }}
    where {{ is_touched('session_id') }}

),

placed as (

    select
        *,
        list_position(
            list_transform(curve, lambda pollution: pollution > onset_pollution), true
        ) as onset_position,
        cast(greatest(
            {{ threshold('plateau_points') }}, ceil(point_count * {{ threshold('plateau_share') }})
        ) as bigint) as closing_point_count
    from curves
    where point_count >= {{ threshold('shape_points') }}

),

described as (

    select
        *,
        list_slice(curve, point_count - closing_point_count + 1, point_count) as closing_points,
        list_max(list_transform(
            range(greatest(onset_position, 2), point_count + 1),
            lambda position: round(curve[position] - curve[position - 1], 6)
        )) as largest_rise
    from placed

)

select
    session_id,
    case
        when max_context_pollution <= onset_pollution then 'flat'
        when
            onset_position <= {{ threshold('drift_early_position') }}
            and round(list_max(closing_points) - list_min(closing_points), 6)
            <= {{ model_threshold('plateau_range') }}
            and list_min(closing_points) > onset_pollution
            then 'early_plateau'
        when onset_position <= {{ threshold('drift_early_position') }} then 'early_sharp'
        when largest_rise >= {{ model_threshold('sudden_rise') }} then 'sudden'
        else 'gradual'
    end as drift_curve_shape
from described

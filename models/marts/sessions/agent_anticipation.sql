{{ incremental_by_unit('int_judge_history_unit', 'session_id') }}

with

treatments as (

    select * from {{ ref('int_session_treatment') }}
    where {{ is_touched('session_id') }}

),

attributions as (

    select * from {{ ref('int_session_attribution') }}

),

anticipations as (

    select * from {{ ref('int_session_anticipation') }}

)

select
    treatments.session_id,
    treatments.source_format,
    treatments.copy_of_session_id,
    treatments.session_kind,
    attributions.session_attribution,
    attributions.session_attribution_rule,
    attributions.frustration_label_usable,
    anticipations.* exclude (session_id)
from treatments
left join attributions on treatments.session_id = attributions.session_id
left join anticipations on treatments.session_id = anticipations.session_id

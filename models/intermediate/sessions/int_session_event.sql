{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

announced as (

    select * from {{ ref('int_announced_event') }}
    where {{ is_touched('session_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

-- a model that answers without a change having been announced
answering_models as (

    select
        steps.span_id as session_id,
        entries.entry_number,
        entries.turn_index,
        entries.on_active_path,
        entries.occurred_at,
        steps.model_id,
        lag(steps.model_id) over (partition by steps.span_id order by steps.step_index) as previous_model_id,
        lag(entries.entry_number) over (partition by steps.span_id order by steps.step_index)
            as previous_entry_number
    from {{ ref('int_step') }} as steps
    inner join entries on steps.stream_id = entries.stream_id and steps.entry_index = entries.entry_index
    where {{ is_touched('steps.span_id') }} and not steps.is_subagent and steps.model_id is not null

),

inferred as (

    select
        answering_models.session_id,
        answering_models.entry_number,
        answering_models.turn_index,
        answering_models.on_active_path,
        'model_change' as event_type,
        answering_models.occurred_at,
        answering_models.previous_model_id as from_value,
        answering_models.model_id as to_value,
        'inferred' as basis
    from answering_models
    left join announced
        on
            answering_models.session_id = announced.session_id
            and announced.event_type = 'model_change'
            and announced.entry_number between answering_models.previous_entry_number and answering_models.entry_number
    where
        answering_models.model_id <> answering_models.previous_model_id
        and announced.session_id is null

),

combined as (

    select * exclude (stream_index, entry_index) from announced
    union all by name
    select * from inferred

)

select
    *,
    row_number() over (
        partition by session_id order by entry_number, event_type, basis, from_value nulls first, to_value
    ) - 1 as event_index
from combined

{{ config(severity='warn') }}

-- a phase that the seed phase_map does not know is reported as other
select
    events.phase,
    count(*) as event_count
from {{ ref('stg_phase_event') }} as events
left join {{ ref('phase_map') }} as phases on events.phase = phases.raw_phase
where events.phase is not null and phases.raw_phase is null
group by all

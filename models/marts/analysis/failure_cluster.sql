with

events as (

    select
        span_id,
        failure_type,
        count(*) as event_count
    from {{ ref('failure_event') }}
    group by all

),

scores as (

    select * from {{ ref('trace_score') }}

),

attempts as (

    select
        treatments.attempt_id,
        treatments.agent_type,
        coalesce(tasks.repository, {{ task_repository('treatments.task_id') }}) as repository
    from {{ ref('int_attempt_treatment') }} as treatments
    left join {{ ref('int_task') }} as tasks on treatments.task_id = tasks.task_id

),

sessions as (

    select
        treatments.session_id,
        treatments.agent_type,
        treatments.copy_of_session_id,
        repositories.repo_id
    from {{ ref('int_session_treatment') }} as treatments
    left join {{ ref('int_repository') }} as repositories on treatments.session_id = repositories.session_id

),

placed as (

    select
        scores.span_id,
        scores.context,
        unnest([
            {'scope': 'all', 'key': scores.context},
            {'scope': 'run', 'key': scores.run_id},
            {'scope': 'agent', 'key': coalesce(attempts.agent_type, sessions.agent_type)},
            {'scope': 'repository', 'key': coalesce(attempts.repository, sessions.repo_id)}
        ]) as place
    from scores
    left join attempts on scores.attempt_id = attempts.attempt_id
    left join sessions on scores.session_id = sessions.session_id
    -- a copy of a conversation in another format is no trace of its own
    where sessions.copy_of_session_id is null

),

traces as (

    select * from placed
    where place['key'] is not null

),

sizes as (

    select
        context,
        place,
        count(*) as scope_trace_count
    from traces
    group by all

),

clusters as (

    select
        traces.context,
        traces.place,
        events.failure_type,
        cast(sum(events.event_count) as bigint) as event_count,
        count(*) as trace_count,
        list(events.span_id order by events.event_count desc, events.span_id asc)[:5] as example_span_ids
    from events
    inner join traces on events.span_id = traces.span_id
    group by all

)

select
    md5(concat_ws(
        ' ', clusters.context, clusters.place['scope'], clusters.place['key'], clusters.failure_type
    )) as failure_cluster_id,
    clusters.context,
    clusters.place['scope'] as cluster_scope,
    clusters.place['key'] as cluster_key,
    clusters.failure_type,
    clusters.event_count,
    clusters.trace_count,
    sizes.scope_trace_count,
    {{ ratio('clusters.trace_count', 'sizes.scope_trace_count') }} as trace_share,
    clusters.example_span_ids
from clusters
inner join sizes on clusters.context = sizes.context and clusters.place = sizes.place

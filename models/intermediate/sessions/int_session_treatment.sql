{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select * from {{ ref('int_session') }}
    where {{ is_touched('session_id') }}

),

usage as (

    select
        span_id,
        first_model_id
    from {{ ref('int_span_usage') }}

),

answered as (

    select
        sessions.* exclude (model_id),
        coalesce(usage.first_model_id, sessions.model_id) as model_id
    from sessions
    left join usage on sessions.session_id = usage.span_id

),

models as (

    select distinct model_id from answered

),

families as (

    select
        models.model_id,
        patterns.model_family
    from models
    inner join {{ ref('model_family') }} as patterns on regexp_matches(models.model_id, patterns.pattern, 'i')
    qualify row_number() over (
            partition by models.model_id order by len(patterns.model_family) desc, patterns.pattern
        ) = 1

)

select
    answered.session_id,
    answered.native_session_id,
    answered.source_format,
    answered.format_version,
    answered.copy_of_session_id,
    answered.parent_session_id,
    answered.session_kind,
    answered.origin,
    answered.user_id,
    answered.git_branch,
    answered.git_commit,
    answered.agent_type,
    answered.agent_version,
    answered.model_id,
    families.model_family,
    answered.started_at,
    answered.finished_at,
    {{ elapsed_s('answered.started_at', 'answered.finished_at') }} as duration_s,
    answered.exit_status
from answered
left join families on answered.model_id = families.model_id

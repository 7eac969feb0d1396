{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select * from {{ ref('int_session_stream') }}
    where {{ is_touched('session_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where {{ is_touched('span_id') }}

),

origins as (

    select * from {{ ref('session_origin') }}

),

-- several files of one session say the same of it, or the one that goes furthest says most
described as (

    select
        session_id,
        arg_min(source_format, stream_index) as source_format,
        any_value(copy_of_session_id) as copy_of_session_id,
        {% for column in [
            'native_session_id', 'format_version', 'parent_session_id', 'user_id', 'origin', 'agent_type', 'agent_version',
            'model_id', 'working_directory', 'repository_url', 'git_branch', 'git_commit', 'exit_status'
        ] %}
            arg_min({{ column }}, stream_index) as {{ column }},
        {% endfor %}
        bool_or(is_subagent) as is_subagent,
        bool_or(coalesce(is_reasoning_lost, false)) as is_reasoning_lost,
        count(*) as stream_count,
        min(started_at) as header_at
    from streams
    group by all

),

-- copied ancestors are not among a session's own entries
clocked as (

    select
        span_id as session_id,
        count(*) as entry_count,
        count(*) filter (where is_user_message) as user_message_count,
        count(*) filter (where on_active_path = false) as abandoned_entry_count,
        min(least(coalesce(occurred_at, message_at), coalesce(message_at, occurred_at))) as first_entry_at,
        max(greatest(coalesce(occurred_at, message_at), coalesce(message_at, occurred_at))) as finished_at
    from entries
    group by all

),

-- the longest pattern that matches says how the session was started
started as (

    select
        described.session_id,
        arg_max(origins.session_kind, len(origins.origin_pattern)) as session_kind
    from described
    inner join origins on regexp_matches(described.origin, origins.origin_pattern)
    group by all

)

select
    described.* exclude (header_at),
    case
        when described.is_subagent then 'subagent'
        when started.session_kind is not null then started.session_kind
        when coalesce(clocked.user_message_count, 0) = 0 then 'automated'
        else 'human'
    end as session_kind,
    coalesce(clocked.entry_count, 0) as entry_count,
    coalesce(clocked.user_message_count, 0) as user_message_count,
    coalesce(clocked.abandoned_entry_count, 0) as abandoned_entry_count,
    least(described.header_at, clocked.first_entry_at) as started_at,
    coalesce(clocked.finished_at, described.header_at) as finished_at
from described
left join clocked on described.session_id = clocked.session_id
left join started on described.session_id = started.session_id

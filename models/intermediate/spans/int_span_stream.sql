with

attempt_streams as (

    select * from {{ ref('int_stream') }}
    where context = 'eval' and is_counted

),

session_streams as (

    select * from {{ ref('int_session_stream') }}

)

select
    attempt_id as span_id,
    context,
    stream_id,
    stream_index,
    source_file_id,
    content_load_id,
    session_index,
    is_subagent,
    working_directory,
    model_id,
    is_reasoning_lost
from attempt_streams
union all
-- a sub-agent of a session is a session of its own, and the main thread of that
select
    session_id as span_id,
    'product' as context,
    stream_id,
    stream_index,
    source_file_id,
    content_load_id,
    session_index,
    false as is_subagent,
    working_directory,
    model_id,
    is_reasoning_lost
from session_streams

with

current_rows as (

    {{ current_rows('tool_call') }}

)

select
    *,
    source_file_id || ':' || coalesce(session_index, 0) as stream_id
from current_rows

{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

regions as (

    select * from {{ ref('int_region_history') }}
    where {{ is_touched('repository_unit_id') }}

)

select
    region_id || '/' || session_id as region_history_id,
    repository_unit_id,
    repo_id,
    path,
    region_id,
    session_id,
    session_kind,
    user_id,
    started_at,
    finished_at,
    start_line,
    end_line,
    basis,
    edit_count,
    added_lines,
    deleted_lines,
    content_count,
    convergence,
    is_oscillating,
    is_reverting,
    first_edited_at,
    last_edited_at,
    region_session_number,
    region_session_count,
    previous_session_id,
    cast({{ elapsed_s('previous_finished_at', 'started_at') }} as double) as reopened_within_s
from regions

{{ incremental_by_unit('int_session_unit', 'session_id', in_batches=true) }}

with

sessions as (

    select
        sessions.session_id,
        bool_or(coalesce(capabilities.capability = 'tool_call', false)) as can_hold_calls,
        bool_or(coalesce(capabilities.capability = 'line_range', false)) as can_hold_lines
    from {{ ref('int_session') }} as sessions
    left join {{ ref('format_capability') }} as capabilities on sessions.source_format = capabilities.source_format
    where {{ is_touched('sessions.session_id') }}
    group by all

),

edits as (

    select
        span_id as session_id,
        list({
            'file': path,
            'start_line': start_line,
            'end_line': end_line,
            'turn_index': turn_index,
            'occurred_at': occurred_at,
            'old_len': old_length,
            'new_len': new_length,
            'added': added_lines,
            'deleted': deleted_lines,
            'old_hash': old_hash,
            'new_hash': new_hash,
            'basis': range_basis
        } order by edit_number) as region_edit_history,
        count(*) as edit_count,
        count(*) filter (where range_basis = 'unknown') as unplaced_count,
        count(distinct path) as file_count,
        count(*) filter (where is_reverting) as reverting_count,
        sum(added_lines) as added_lines,
        sum(deleted_lines) as deleted_lines
    from {{ ref('int_region_edit') }}
    where {{ is_touched('span_id') }}
    group by all

),

-- what was done to a whole file, or at lines that nobody knows, is no region of lines
regions as (

    select
        span_id as session_id,
        count(*) as region_count,
        count(convergence) as re_edit_count,
        coalesce(list(convergence order by region_number) filter (where convergence is not null), []) as convergences,
        max(len(edit_numbers)) as most_edits
    from {{ ref('int_span_region') }}
    where start_line is not null and {{ is_touched('span_id') }}
    group by all

),

measured as (

    select
        sessions.session_id,
        sessions.can_hold_calls or edits.session_id is not null as has_calls,
        -- fewer than two edits edit nothing again, wherever they are
        coalesce(edits.edit_count < 2 or edits.unplaced_count < edits.edit_count, sessions.can_hold_lines)
        and (sessions.can_hold_lines or edits.session_id is not null) as has_lines,
        edits.* exclude (session_id),
        regions.* exclude (session_id)
    from sessions
    left join edits on sessions.session_id = edits.session_id
    left join regions on sessions.session_id = regions.session_id

)

select
    session_id,
    if(has_calls, coalesce(region_edit_history, []), null) as region_edit_history,
    if(has_calls, coalesce(edit_count, 0), null) as region_edit_count,
    if(has_calls, coalesce(unplaced_count, 0), null) as unplaced_edit_count,
    if(has_calls, coalesce(file_count, 0), null) as region_file_count,
    if(has_calls, coalesce(reverting_count, 0), null) as reverting_edit_count,
    cast(added_lines as bigint) as region_added_lines,
    cast(deleted_lines as bigint) as region_deleted_lines,
    if(has_lines, coalesce(region_count, 0), null) as region_count,
    if(has_lines, coalesce(re_edit_count, 0), null) as region_re_edit_count,
    if(has_lines, coalesce(convergences, []), null) as region_edit_convergence,
    if(has_lines, len(list_filter(coalesce(convergences, []), lambda way: way = 'oscillating')), null)
        as oscillating_region_count,
    most_edits as most_edits_of_a_region
from measured

{{ incremental_by_unit('int_region_unit', 'span_id') }}

with

edits as (

    select * from {{ ref('int_region_edit') }}
    where {{ is_touched('span_id') }}

),

spans as (

    select * from {{ ref('int_span_unit') }}

),

members as (

    select
        regions.span_id,
        regions.region_number,
        regions.start_line is not null as is_of_lines,
        coalesce(places.region_id, md5(concat_ws('|', regions.span_id, regions.region_number))) as region_id,
        unnest(regions.edit_numbers) as edit_number
    from {{ ref('int_span_region') }} as regions
    left join {{ ref('int_region_place') }} as places
        on regions.span_id = places.span_id and regions.region_number = places.region_number
    where {{ is_touched('regions.span_id') }}

)

select
    edits.span_id || '/' || edits.edit_number as region_edit_id,
    edits.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    edits.edit_number,
    edits.call_number,
    edits.turn_index,
    edits.on_active_path,
    edits.is_subagent,
    edits.is_shell,
    edits.path,
    edits.operation,
    edits.start_line,
    edits.end_line,
    edits.range_basis,
    edits.old_length,
    edits.new_length,
    edits.added_lines,
    edits.deleted_lines,
    edits.old_hash,
    edits.new_hash,
    edits.is_reverting,
    edits.occurred_at,
    members.region_id,
    if(members.is_of_lines, members.region_number < edits.edit_number, null) as is_re_edit
from edits
inner join spans on edits.span_id = spans.span_id
inner join members on edits.span_id = members.span_id and edits.edit_number = members.edit_number

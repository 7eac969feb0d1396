{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

writes as (

    select * from {{ ref('int_region_shell_write') }}
    where writer <> 'touch' and {{ is_touched('span_id') }}

),

ranged as (

    select
        *,
        case
            when first_line between 1 and last_line then 'exact'
            when written_length is not null and not is_appending then 'whole_file'
            else 'unknown'
        end as range_basis,
        last_line - first_line + 1 as line_count
    from writes

),

-- lines are added after the addressed one or before it, else they take its place
placed as (

    select
        *,
        case range_basis when 'exact' then first_line + if(sed_command = 'a', 1, 0) when 'whole_file' then 1 end
            as start_line,
        case
            when range_basis = 'exact' then if(sed_command in ('a', 'i'), 0, line_count)
            when is_appending then 0
        end as old_length,
        case
            when range_basis <> 'exact' then written_length
            when sed_command = 'd' then 0
            when sed_command = 's' then line_count
            else 1
        end as new_length
    from ranged

)

select
    span_id,
    call_number,
    row_number() over (partition by span_id, call_number order by access_index) - 1 as edit_index,
    path,
    case
        when writer = 'rm' then 'delete'
        when writer in ('git checkout', 'git restore') then 'undo'
        when writer in ('sed', 'perl') or is_appending then 'edit'
        else 'write'
    end as operation,
    range_basis,
    start_line,
    start_line - 1 + if(range_basis = 'whole_file', new_length, old_length) as end_line,
    old_length,
    new_length,
    if(old_length is null, null, new_length) as added_lines,
    if(new_length is null, null, old_length) as deleted_lines,
    cast(null as varchar) as old_hash,
    if(range_basis = 'exact' and sed_command = 'd', sha256(''), written_hash) as new_hash
from placed

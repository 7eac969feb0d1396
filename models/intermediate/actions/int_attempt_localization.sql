{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

attempts as (

    select * from {{ ref('int_attempt_unit') }}
    where {{ is_touched('attempt_id') }}

),

tasks as (

    select
        task_id,
        gold_files
    from {{ ref('int_task') }}

),

touched as (

    select * from {{ ref('int_attempt_touched') }}

),

edits as (

    select * from {{ ref('int_span_edit') }}

),

-- the diff stands in for the calls only where no call tells which file was written
localized as (

    select
        attempts.attempt_id,
        tasks.gold_files,
        touched.touched_files,
        edits.* exclude (span_id, has_unresolved_write, first_edit_file),
        edits.first_edit_file as edited_file,
        case
            when edits.first_edit_file is not null then 'tool_calls'
            when edits.span_id is not null and not edits.has_unresolved_write then null
            when len(touched.touched_files) = 1 then 'touched_files'
            when len(touched.touched_files) > 1 then 'ambiguous'
        end as localized_source
    from attempts
    left join tasks on attempts.task_id = tasks.task_id
    left join touched on attempts.attempt_id = touched.attempt_id
    left join edits on attempts.attempt_id = edits.span_id

)

select
    attempt_id,
    gold_files,
    first_edit_is_scratch,
    mutated_files,
    case localized_source
        when 'tool_calls' then edited_file
        when 'touched_files' then touched_files[1]
    end as first_edit_file,
    localized_source,
    first_tool_file
from localized

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

scoped as (

    select
        attempts.attempt_id,
        touched.touched_files,
        tasks.gold_files
    from attempts
    left join tasks on attempts.task_id = tasks.task_id
    left join touched on attempts.attempt_id = touched.attempt_id

),

accesses as (

    select * from {{ ref('int_located_access') }}
    where {{ is_touched('attempt_id') }}

),

mutations as (

    select *
    from accesses
    where is_edit and is_successful and (path is not null or not is_shell)

),

first_mutations as (

    select
        attempt_id,
        arg_min(is_scratch, (call_number, access_index)) as first_edit_is_scratch,
        arg_min(path, (call_number, access_index)) filter (where not is_scratch and path is not null)
            as first_edit_file,
        list(distinct path order by path) filter (where path is not null and not is_scratch) as mutated_files
    from mutations
    group by all

),

first_substantive as (

    select
        attempt_id,
        arg_min(path, (call_number, access_index)) as first_tool_file
    from accesses
    where is_file and not regexp_matches(path, {{ folded_pattern('non_substantive_path') }})
    group by all

),

sequences as (

    select distinct attempt_id
    from {{ ref('int_tool_call') }}
    where {{ is_touched('attempt_id') }}

),

unresolved_writes as (

    select distinct attempt_id
    from accesses
    where is_edit and is_successful and path is null

),

-- the diff stands in for the calls only where no call tells which file was written
localized as (

    select
        scoped.attempt_id,
        case
            when first_mutations.first_edit_file is not null then 'tool_calls'
            when sequences.attempt_id is not null and unresolved_writes.attempt_id is null then null
            when len(scoped.touched_files) = 1 then 'touched_files'
            when len(scoped.touched_files) > 1 then 'ambiguous'
        end as localized_source
    from scoped
    left join first_mutations on scoped.attempt_id = first_mutations.attempt_id
    left join sequences on scoped.attempt_id = sequences.attempt_id
    left join unresolved_writes on scoped.attempt_id = unresolved_writes.attempt_id

)

select
    scoped.attempt_id,
    scoped.gold_files,
    first_mutations.first_edit_is_scratch,
    first_mutations.mutated_files,
    case localized.localized_source
        when 'tool_calls' then first_mutations.first_edit_file
        when 'touched_files' then scoped.touched_files[1]
    end as first_edit_file,
    localized.localized_source,
    first_substantive.first_tool_file
from scoped
inner join localized on scoped.attempt_id = localized.attempt_id
left join first_mutations on scoped.attempt_id = first_mutations.attempt_id
left join first_substantive on scoped.attempt_id = first_substantive.attempt_id

{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

attempts as (

    select * from {{ ref('int_attempt_unit') }} where {{ is_touched('attempt_id') }}

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

    select * from {{ ref('int_located_access') }} where {{ is_touched('attempt_id') }}

),

mutations as (

    select *
    from accesses
    where is_edit and is_successful and (path is not null or not is_shell)

),

first_mutations as (

    select
        attempt_id,
        min(call_number) as first_mutation_call,
        arg_min(is_scratch, (call_number, access_index)) as first_edit_is_scratch,
        arg_min(path, (call_number, access_index)) filter (where not is_scratch and path is not null)
            as first_edit_file,
        list(distinct path order by path) filter (where path is not null and not is_scratch) as mutated_files,
        count(*) filter (where path is not null) as mutation_count
    from mutations
    group by all

),

explored as (

    select
        accesses.attempt_id,
        count(distinct accesses.path) filter (
            where accesses.access = 'read' and not accesses.is_shell and accesses.is_file
        ) as files_read_total,
        count(distinct accesses.path) filter (where accesses.is_file) as files_searched_total,
        count(distinct accesses.path) filter (
            where
            accesses.access = 'read' and not accesses.is_shell and accesses.is_file
            and accesses.call_number < first_mutations.first_mutation_call
        ) as files_read_before_edit,
        count(distinct accesses.path) filter (
            where accesses.is_file and accesses.call_number < first_mutations.first_mutation_call
        ) as files_searched_before_edit,
        count(distinct accesses.path) filter (
            where
            accesses.access = 'search' and not accesses.is_file
            and accesses.call_number < first_mutations.first_mutation_call
        ) as search_dirs_before_edit
    from accesses
    left join first_mutations on accesses.attempt_id = first_mutations.attempt_id
    where accesses.access in ('read', 'search') and accesses.is_effective
    group by all

),

hits as (

    select
        calls.attempt_id,
        count(distinct hit.hit_file) as grep_hit_files_before_edit
    from {{ ref('int_tool_call') }} as calls
    inner join first_mutations
        on
            calls.attempt_id = first_mutations.attempt_id
            and calls.call_number < first_mutations.first_mutation_call
    cross join unnest(calls.hit_files) as hit (hit_file)
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

    select
        attempt_id,
        count(*) as call_count
    from {{ ref('int_tool_call') }}
    where {{ is_touched('attempt_id') }}
    group by all

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
    first_mutations.first_mutation_call,
    first_mutations.first_edit_is_scratch,
    first_mutations.mutated_files,
    case localized.localized_source
        when 'tool_calls' then first_mutations.first_edit_file
        when 'touched_files' then scoped.touched_files[1]
    end as first_edit_file,
    localized.localized_source,
    if(sequences.call_count is null, null, coalesce(explored.files_read_total, 0)) as files_read_total,
    if(sequences.call_count is null, null, coalesce(explored.files_searched_total, 0)) as files_searched_total,
    if(first_mutations.attempt_id is null, null, coalesce(explored.files_read_before_edit, 0))
        as files_read_before_edit,
    if(first_mutations.attempt_id is null, null, coalesce(explored.files_searched_before_edit, 0))
        as files_searched_before_edit,
    if(first_mutations.attempt_id is null, null, coalesce(explored.search_dirs_before_edit, 0))
        as search_dirs_before_edit,
    if(first_mutations.attempt_id is null, null, coalesce(hits.grep_hit_files_before_edit, 0))
        as grep_hit_files_before_edit,
    first_substantive.first_tool_file
from scoped
inner join localized on scoped.attempt_id = localized.attempt_id
left join first_mutations on scoped.attempt_id = first_mutations.attempt_id
left join explored on scoped.attempt_id = explored.attempt_id
left join hits on scoped.attempt_id = hits.attempt_id
left join first_substantive on scoped.attempt_id = first_substantive.attempt_id
left join sequences on scoped.attempt_id = sequences.attempt_id

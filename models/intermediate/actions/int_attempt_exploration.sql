{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

accesses as (

    select * from {{ ref('int_located_access') }}
    where {{ is_touched('attempt_id') }}

),

-- the window of exploration closes with the first write that is an edit
first_mutations as (

    select
        attempt_id,
        min(call_number) as first_mutation_call
    from accesses
    where is_edit and is_successful and (path is not null or not is_shell)
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

sequences as (

    select distinct attempt_id
    from {{ ref('int_tool_call') }}
    where {{ is_touched('attempt_id') }}

)

select
    sequences.attempt_id,
    first_mutations.first_mutation_call,
    coalesce(explored.files_read_total, 0) as files_read_total,
    coalesce(explored.files_searched_total, 0) as files_searched_total,
    {% for column in ['files_read_before_edit', 'files_searched_before_edit', 'search_dirs_before_edit'] %}
        if(first_mutations.attempt_id is null, null, coalesce(explored.{{ column }}, 0)) as {{ column }},
    {% endfor %}
    if(first_mutations.attempt_id is null, null, coalesce(hits.grep_hit_files_before_edit, 0))
        as grep_hit_files_before_edit
from sequences
left join first_mutations on sequences.attempt_id = first_mutations.attempt_id
left join explored on sequences.attempt_id = explored.attempt_id
left join hits on sequences.attempt_id = hits.attempt_id

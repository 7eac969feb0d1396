{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

accesses as (

    select * from {{ ref('int_located_access') }}
    where {{ is_touched('span_id') }}

),

-- the window of exploration closes with the first write that is an edit
first_mutations as (

    select
        span_id,
        min(call_number) as first_mutation_call
    from accesses
    where is_edit and is_successful and (path is not null or not is_shell)
    group by all

),

explored as (

    select
        accesses.span_id,
        count(distinct accesses.path) filter (
            where accesses.access = 'read' and not accesses.is_shell and accesses.is_file
        ) as files_read_total,
        count(distinct accesses.path) filter (where accesses.is_file and accesses.access <> 'list')
            as files_searched_total,
        count(distinct accesses.path) filter (
            where
            accesses.access = 'read' and not accesses.is_shell and accesses.is_file
            and accesses.call_number < first_mutations.first_mutation_call
        ) as files_read_before_edit,
        count(distinct accesses.path) filter (
            where
            accesses.is_file and accesses.access <> 'list'
            and accesses.call_number < first_mutations.first_mutation_call
        ) as files_searched_before_edit,
        count(distinct accesses.path) filter (
            where
            accesses.access in ('search', 'list') and not accesses.is_file
            and accesses.call_number < first_mutations.first_mutation_call
        ) as search_dirs_before_edit
    from accesses
    left join first_mutations on accesses.span_id = first_mutations.span_id
    where accesses.access in ('read', 'search', 'list') and accesses.is_effective
    group by all

),

hits as (

    select
        calls.span_id,
        count(distinct hit.hit_file) as grep_hit_files_before_edit
    from {{ ref('int_tool_call') }} as calls
    inner join first_mutations
        on
            calls.span_id = first_mutations.span_id
            and calls.call_number < first_mutations.first_mutation_call
    cross join unnest(calls.hit_files) as hit (hit_file)
    group by all

),

sequences as (

    select distinct span_id
    from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

)

select
    sequences.span_id,
    first_mutations.first_mutation_call,
    coalesce(explored.files_read_total, 0) as files_read_total,
    coalesce(explored.files_searched_total, 0) as files_searched_total,
    {% for column in ['files_read_before_edit', 'files_searched_before_edit', 'search_dirs_before_edit'] %}
        if(first_mutations.span_id is null, null, coalesce(explored.{{ column }}, 0)) as {{ column }},
    {% endfor %}
    if(first_mutations.span_id is null, null, coalesce(hits.grep_hit_files_before_edit, 0))
        as grep_hit_files_before_edit
from sequences
left join first_mutations on sequences.span_id = first_mutations.span_id
left join explored on sequences.span_id = explored.span_id
left join hits on sequences.span_id = hits.span_id

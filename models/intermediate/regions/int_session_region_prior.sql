{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

{%- set slack = threshold('region_slack_lines') %}

with

-- pairs may be many, so they are compared by numbers in place of names
pieces as (

    select
        *,
        rank() over (order by started_at) as time_rank,
        dense_rank() over (order by repository_unit_id, path) as file_number,
        dense_rank() over (order by subject_id) as subject_number,
        dense_rank() over (order by session_id) as session_number
    from {{ ref('int_region_piece') }}
    where started_at is not null and {{ is_touched('repository_unit_id') }}

),

size_classes as (

    select distinct
        file_number,
        size_class
    from pieces
    where start_line is not null

),

reached as (

    select
        *,
        cast(start_line - {{ slack }} as bigint) // (1 << size_class) as first_bucket,
        unnest(range(first_bucket, cast(end_line + {{ slack }} as bigint) // (1 << size_class) + 1)) as bucket
    from pieces
    where start_line is not null

),

-- a region is looked for in the buckets of its own width and of all larger ones
sought as (

    select
        pieces.*,
        size_classes.size_class as sought_class,
        pieces.start_line // (1 << size_classes.size_class) as first_bucket,
        unnest(range(first_bucket, pieces.end_line // (1 << size_classes.size_class) + 1)) as bucket
    from pieces
    inner join size_classes
        on pieces.file_number = size_classes.file_number and pieces.size_class <= size_classes.size_class

),

-- each two regions once, in the first bucket that they share; of equal width, the later one seeks
overlapping as (

    select
        if(sought.time_rank > reached.time_rank, sought.subject_number, reached.subject_number) as subject_number,
        if(sought.time_rank > reached.time_rank, reached.session_number, sought.session_number) as session_number,
        sought.is_exact and reached.is_exact as is_exact
    from sought
    inner join reached
        on
            sought.file_number = reached.file_number
            and sought.sought_class = reached.size_class
            and sought.bucket = reached.bucket
            and sought.bucket = greatest(sought.first_bucket, reached.first_bucket)
            and sought.session_number <> reached.session_number
            and sought.start_line <= reached.end_line + {{ slack }}
            and sought.end_line >= reached.start_line - {{ slack }}
            and (
                sought.time_rank > reached.time_rank
                or (sought.size_class < reached.size_class and sought.time_rank < reached.time_rank)
            )

),

-- a content counts wherever in the file it stands
alike as (

    select
        later.subject_number,
        earlier.session_number,
        later.is_exact and earlier.is_exact as is_exact
    from pieces as later
    inner join pieces as earlier
        on
            later.file_number = earlier.file_number
            and later.content_hash = earlier.content_hash
            and later.session_number <> earlier.session_number
            and later.time_rank > earlier.time_rank

),

pairs as (

    select * from overlapping
    union all
    select * from alike

),

counted as (

    select
        subject_number,
        count(distinct session_number) as session_count,
        bool_and(is_exact) as is_exact
    from pairs
    group by all

)

select
    pieces.subject_id as session_id,
    any_value(pieces.repository_unit_id) as repository_unit_id,
    coalesce(any_value(counted.session_count), 0) as prior_sessions_same_region,
    case any_value(counted.is_exact) when true then 'exact' when false then 'approximate' end
        as prior_sessions_same_region_basis
from pieces
left join counted on pieces.subject_number = counted.subject_number
group by all

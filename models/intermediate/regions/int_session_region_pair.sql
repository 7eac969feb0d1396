{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

places as (

    select * from {{ ref('int_region_place') }}
    where {{ is_touched('repository_unit_id') }}

),

-- buckets of lines are as wide as the power of two that holds a region, so that none falls into many
regions as (

    select
        places.*,
        sessions.started_at,
        spans.basis,
        nullif(spans.content_hashes[-1], sha256('')) as content_hash,
        cast(ceil(log2(places.end_line - places.start_line + 1 + {{ threshold('region_slack_lines') }})) as bigint)
            as size_class
    from places
    inner join {{ ref('int_span_region') }} as spans
        on places.span_id = spans.span_id and places.region_number = spans.region_number
    inner join {{ ref('int_session') }} as sessions on places.session_id = sessions.session_id

),

size_classes as (

    select distinct
        repo_id,
        path,
        size_class
    from regions
    where size_class is not null

),

reached as (

    select
        *,
        unnest(range(
            (start_line - cast({{ threshold('region_slack_lines') }} as bigint)) // (1 << size_class),
            (end_line + cast({{ threshold('region_slack_lines') }} as bigint)) // (1 << size_class) + 1
        )) as bucket
    from regions
    where start_line is not null

),

-- a region is looked for, by its first and last line, in the buckets of its own width and of all larger ones
sought as (

    select
        regions.*,
        size_classes.size_class as sought_class,
        unnest(list_distinct([
            regions.start_line // (1 << size_classes.size_class), regions.end_line // (1 << size_classes.size_class)
        ])) as bucket
    from regions
    inner join size_classes
        on
            regions.repo_id = size_classes.repo_id
            and regions.path = size_classes.path
            and regions.size_class <= size_classes.size_class

),

overlapping as (

    select
        sought.repository_unit_id,
        sought.span_id,
        sought.session_id,
        sought.started_at,
        sought.basis,
        reached.span_id as other_span_id,
        reached.session_id as other_session_id,
        reached.started_at as other_started_at,
        reached.basis as other_basis
    from sought
    inner join reached
        on
            sought.repo_id = reached.repo_id
            and sought.path = reached.path
            and sought.sought_class = reached.size_class
            and sought.bucket = reached.bucket
            and sought.session_id <> reached.session_id
            and sought.start_line <= reached.end_line + {{ threshold('region_slack_lines') }}
            and reached.start_line <= sought.end_line + {{ threshold('region_slack_lines') }}

),

pairs as (

    select
        repository_unit_id,
        span_id,
        other_session_id,
        basis,
        other_basis
    from overlapping
    where other_started_at < started_at
    union
    select
        repository_unit_id,
        other_span_id as span_id,
        session_id as other_session_id,
        other_basis as basis,
        basis as other_basis
    from overlapping
    where started_at < other_started_at
    union
    select
        later.repository_unit_id,
        later.span_id,
        earlier.session_id as other_session_id,
        later.basis,
        earlier.basis as other_basis
    from regions as later
    inner join regions as earlier
        on
            later.repo_id = earlier.repo_id
            and later.path = earlier.path
            and later.content_hash = earlier.content_hash
            and later.session_id <> earlier.session_id
            and earlier.started_at < later.started_at

)

select
    repository_unit_id,
    span_id,
    other_session_id,
    bool_and(basis = 'exact' and other_basis = 'exact') as is_exact
from pairs
group by all

{{ config(meta={"reads_outside": true}) }}

-- depends_on: {{ ref('eval_run') }}
-- depends_on: {{ ref('quarantined_record') }}
-- depends_on: {{ ref('signal_catalog') }}
-- depends_on: {{ ref('region_edit') }}
-- depends_on: {{ ref('region_history') }}
-- depends_on: {{ ref('session_feature') }}
-- depends_on: {{ ref('session_step') }}
-- depends_on: {{ ref('signal_coverage') }}
-- depends_on: {{ ref('tool_call') }}
with

files as (

    select * from {{ ref('stg_source_file') }}

),

file_counts as (

    select
        count(*) filter (where status = 'landed') as landed_file_count,
        count(*) filter (where status = 'quarantined') as quarantined_file_count,
        count(*) filter (where status = 'unknown') as unknown_file_count,
        count(*) filter (where status = 'in_progress') as in_progress_file_count,
        cast(coalesce(sum(bad_record_count), 0) as bigint) as bad_record_count
    from files

),

current_build as (

    {{ current_build() }}

)

select
    current_build.*,
    file_counts.*
from current_build
cross join file_counts

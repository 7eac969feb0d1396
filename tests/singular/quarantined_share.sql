{{ config(enabled=var('largest_quarantined_share') is not none) }}

-- off by default: bad input is a warning unless the variable says from which share on it is an error
with

shares as (

    select
        count(*) filter (where status = 'quarantined' or bad_record_count > 0) as damaged_count,
        count(*) filter (where format is not null) as recognised_count
    from {{ ref('stg_source_file') }}

)

select *
from shares
where damaged_count > {{ var('largest_quarantined_share') or 0 }} * recognised_count

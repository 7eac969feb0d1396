{{ config(materialized='table') }}

with

manifest as (

    select * from {{ landed('source_file') }}

),

newest as (

    select *
    from manifest
    qualify row_number() over (partition by source_file_id order by load_id desc) = 1

),

known as (

    select * from newest
    where status <> 'forgotten'

),

-- a byte-identical copy of a file that says by itself what it is about is the same evidence twice
ranked as (

    select
        *,
        row_number() over (
            partition by if(identity = 'content', format || ':' || content_sha256, source_file_id)
            order by path
        ) as copy_number
    from known

)

select
    * exclude (copy_number),
    copy_number = 1 as is_counted
from ranked

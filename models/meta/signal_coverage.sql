with

combined as (

    select * from {{ ref('int_signal_value') }}

),

reasons as (

    select
        signal_key,
        source_format,
        map_from_entries(list((null_reason, row_count) order by null_reason)) as null_reasons
    from (
        select
            signal_key,
            source_format,
            null_reason,
            count(*) as row_count
        from combined
        where is_null
        group by all
    ) as counted
    group by all

),

folded as (

    select
        signal_key,
        signal_id,
        context,
        mart,
        column_name,
        source_format,
        count(*) as row_count,
        count(*) filter (where not is_null) as filled_count,
        count(*) filter (where null_reason like 'artifact_missing%') as artifact_missing_count,
        count(*) filter (where null_reason like 'not_applicable%') as not_applicable_count,
        count(*) filter (where null_reason like 'unknown%') as unknown_count
    from combined
    group by all

)

select
    folded.signal_key || ' ' || folded.source_format as signal_coverage_id,
    folded.*,
    {{ ratio('folded.filled_count', 'folded.row_count') }} as filled_ratio,
    coalesce(reasons.null_reasons, map()) as null_reasons
from folded
left join reasons on folded.signal_key = reasons.signal_key and folded.source_format = reasons.source_format

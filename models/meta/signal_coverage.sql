with

combined as (

    select * from {{ ref('int_signal_value') }}

),

reasons as (

    select
        signal_key,
        source_format,
        map_from_entries(list((null_reason, row_count) order by null_reason)) as null_reasons
    from combined
    where is_null
    group by all

),

-- what a filled column does not tell by itself: a drift that always begins at once, and how often no rule fits
caveats as (

    select
        'product.drift_onset_turn' as signal_key,
        source_format,
        'onset_in_the_first_answer' as caveat,
        count(*) filter (where drift_onset_turn = anchor_turn_index + 1) as caveat_count,
        count(max_context_pollution) as measured_count
    from {{ ref('session_dynamics') }}
    group by all
    union all
    select
        'product.session_failure_mode' as signal_key,
        source_format,
        'unclassified' as caveat,
        count(*) filter (where session_failure_mode_rule = 'unclassified') as caveat_count,
        count(*) filter (where session_failure_mode_rule <> 'gate') as measured_count
    from {{ ref('session_dynamics') }}
    group by all
    union all
    select
        'product.session_attribution' as signal_key,
        source_format,
        'unclassified' as caveat,
        count(*) filter (where session_attribution_rule = 'unclassified') as caveat_count,
        count(*) filter (where not starts_with(session_attribution_rule, 'gate')) as measured_count
    from {{ ref('agent_anticipation') }}
    group by all

),

-- the value for the model in use, else the one that is given for none
thresholds as (

    select * from {{ ref('threshold') }}
    where embedding_model is null or embedding_model = {{ literal(var('embedding_model')) }}
    qualify row_number() over (partition by threshold order by embedding_model nulls last) = 1

),

calibrations as (

    select
        used.signal_id,
        map_from_entries(list(
            (thresholds.threshold, if(thresholds.is_calibrated, 'calibrated', 'definition'))
            order by thresholds.threshold
        )) as threshold_calibration
    from {{ ref('signal_threshold') }} as used
    inner join thresholds on used.threshold = thresholds.threshold
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
        cast(sum(row_count) as bigint) as row_count,
        cast(coalesce(sum(row_count) filter (where not is_null), 0) as bigint) as filled_count,
        cast(coalesce(sum(row_count) filter (where null_reason like 'artifact_missing%'), 0) as bigint)
            as artifact_missing_count,
        cast(coalesce(sum(row_count) filter (where null_reason like 'not_applicable%'), 0) as bigint)
            as not_applicable_count,
        cast(coalesce(sum(row_count) filter (where null_reason like 'unknown%'), 0) as bigint) as unknown_count
    from combined
    group by all

)

select
    folded.signal_key || ' ' || folded.source_format as signal_coverage_id,
    folded.*,
    {{ ratio('folded.filled_count', 'folded.row_count') }} as filled_ratio,
    coalesce(reasons.null_reasons, map()) as null_reasons,
    caveats.caveat,
    caveats.caveat_count,
    {{ ratio('caveats.caveat_count', 'caveats.measured_count') }} as caveat_ratio,
    coalesce(calibrations.threshold_calibration, map()) as threshold_calibration
from folded
left join reasons on folded.signal_key = reasons.signal_key and folded.source_format = reasons.source_format
left join caveats on folded.signal_key = caveats.signal_key and folded.source_format = caveats.source_format
left join calibrations on folded.signal_id = calibrations.signal_id

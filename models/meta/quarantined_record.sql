with

files as (

    select * from {{ ref('stg_source_file') }}

),

unreadable_files as (

    select
        source_file_id,
        'file' as kind,
        '' as place,
        cast(null as bigint) as line_number,
        reason
    from files
    where status = 'quarantined'

),

bad_records as (

    select
        source_file_id,
        'record' as kind,
        place,
        line_number,
        reason
    from {{ ref('stg_bad_record') }}

),

quarantined as (

    select * from unreadable_files
    union all
    select * from bad_records

),

in_files as (

    select
        quarantined.kind,
        files.path,
        files.format,
        quarantined.place,
        quarantined.line_number,
        quarantined.reason,
        cast(null as varchar) as attempt_id
    from quarantined
    inner join files on quarantined.source_file_id = files.source_file_id

),

disagreements as (

    select
        'label_reward_disagreement' as kind,
        cast(null as varchar) as path,
        cast(null as varchar) as format,
        '' as place,
        cast(null as bigint) as line_number,
        'the label is ' || coalesce(patch_outcome_label, 'null') || ' (rule ' || patch_outcome_label_rule
        || ') but the reward is ' || coalesce(cast(harness_reward as varchar), 'null') as reason,
        attempt_id
    from {{ ref('patch_outcome_label') }}
    where has_label_reward_disagreement

),

combined as (

    select * from in_files
    union all
    select * from disagreements

)

select
    md5(concat_ws('|', kind, path, place, attempt_id, reason, row_number() over (
        partition by kind, path, place, attempt_id, reason
    ))) as quarantined_record_id,
    *
from combined

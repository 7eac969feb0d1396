with

places as (

    select * from {{ ref('int_file_place') }}
    where trial_directory is null

),

attempt_evidence as (

    select
        source_file_id,
        evidence,
        run_directory,
        if(evidence = 'summary', null, run_name) as run_name,
        task_id
    from {{ ref('stg_attempt') }}
    where task_id is not null or run_directory is not null

),

stream_evidence as (

    select
        source_file_id,
        'trajectory' as evidence,
        run_directory,
        cast(null as varchar) as run_name,
        task_id
    from {{ ref('stg_session') }}
    where run_directory is not null

),

summary_names as (

    select
        source_file_id,
        min(run_name) as summary_name
    from {{ ref('stg_eval_run') }}
    where evidence = 'swebench_summary' and run_name is not null
    group by all

),

all_evidence as (

    select * from attempt_evidence
    union
    select * from stream_evidence

)

select
    all_evidence.source_file_id,
    all_evidence.evidence,
    coalesce(all_evidence.task_id, places.file_stem) as task_id,
    all_evidence.run_name,
    all_evidence.run_directory,
    summary_names.summary_name,
    places.root,
    places.directory,
    places.path,
    places.file_name
from all_evidence
inner join places on all_evidence.source_file_id = places.source_file_id
left join summary_names on all_evidence.source_file_id = summary_names.source_file_id

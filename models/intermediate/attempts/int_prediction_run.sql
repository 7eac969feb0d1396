with

evidence as (

    select * from {{ ref('int_free_evidence') }}

),

anchors as (

    select * from {{ ref('int_run_anchor') }}

),

prediction_files as (

    select evidence.*
    from evidence
    anti join anchors on evidence.source_file_id = anchors.source_file_id
    where evidence.evidence = 'prediction'

),

run_instances as (

    select distinct
        anchors.run_id,
        anchors.anchor_directory,
        evidence.task_id
    from anchors
    inner join evidence on anchors.source_file_id = evidence.source_file_id

),

{{ nearest_run('prediction_files', 'run_instances') }},

alone as (

    select distinct
        prediction_files.source_file_id,
        prediction_files.directory,
        prediction_files.root,
        prediction_files.file_name
    from prediction_files
    anti join claimed on prediction_files.source_file_id = claimed.source_file_id

),

-- the folder is the run; where several predictions files share it, each is a run of its own
own_runs as (

    select
        source_file_id,
        {{ folder_run_id('directory', 'root') }}
        || if(count(*) over (partition by directory) > 1, '/' || regexp_extract(file_name, '^([^.]+)', 1), '')
            as run_id,
        directory as anchor_directory,
        'folder' as run_id_basis
    from alone

),

joined_runs as (

    select distinct
        claimed.source_file_id,
        claimed.run_id,
        prediction_files.directory as anchor_directory,
        'nearest_run' as run_id_basis
    from claimed
    inner join prediction_files on claimed.source_file_id = prediction_files.source_file_id

),

resolved as (

    select * from joined_runs
    union all
    select * from own_runs

)

select * from resolved

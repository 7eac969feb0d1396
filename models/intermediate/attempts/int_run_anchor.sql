with

evidence as (

    select * from {{ ref('int_free_evidence') }}

),

layout_runs as (

    select distinct
        run_name as run_id,
        regexp_extract(run_name, '/([^/]+)$', 1) || '.' || regexp_extract(run_name, '^(.*)/[^/]+$', 1) as summary_name
    from evidence
    where run_name is not null

),

by_layout as (

    select
        source_file_id,
        run_name as run_id,
        run_directory as anchor_directory,
        'layout' as run_id_basis
    from evidence
    where run_name is not null

),

by_folder as (

    select
        source_file_id,
        {{ folder_run_id('run_directory', 'root') }} as run_id,
        run_directory as anchor_directory,
        'folder' as run_id_basis
    from evidence
    where run_name is null and run_directory is not null

),

-- a summary is named <model>.<run id>.json: the layout's own run where there is one, else what follows the last dot
by_summary_name as (

    select
        evidence.source_file_id,
        coalesce(layout_runs.run_id, regexp_extract(evidence.summary_name, '([^.]+)$', 1)) as run_id,
        evidence.directory as anchor_directory,
        if(layout_runs.run_id is null, 'summary_name', 'layout') as run_id_basis
    from evidence
    left join layout_runs on evidence.summary_name = layout_runs.summary_name
    where evidence.run_name is null and evidence.run_directory is null and evidence.summary_name is not null

),

anchored as (

    select * from by_layout
    union
    select * from by_folder
    union
    select * from by_summary_name

)

select * from anchored

with

evidence as (

    select * from {{ ref('int_free_evidence') }}

),

placed as (

    select * from {{ ref('int_run_anchor') }}
    union all
    select * from {{ ref('int_prediction_run') }}

),

side_files as (

    select evidence.*
    from evidence
    anti join placed on evidence.source_file_id = placed.source_file_id

),

run_instances as (

    select distinct
        placed.run_id,
        placed.anchor_directory,
        evidence.task_id
    from placed
    inner join evidence on placed.source_file_id = evidence.source_file_id

),

{{ nearest_run('side_files', 'run_instances') }},

joined_runs as (

    select
        source_file_id,
        run_id,
        'nearest_run' as run_id_basis
    from claimed

),

-- a list of resolved ids proves no attempt: alone it makes no run
own_runs as (

    select distinct
        side_files.source_file_id,
        {{ folder_run_id('side_files.directory', 'side_files.root') }}
        || '/' || regexp_extract(side_files.file_name, '^([^.]+)', 1) as run_id,
        'file' as run_id_basis
    from side_files
    anti join claimed on side_files.source_file_id = claimed.source_file_id
    where side_files.evidence <> 'resolved_list'

),

resolved as (

    select
        source_file_id,
        run_id,
        min(run_id_basis) as run_id_basis
    from placed
    group by all
    union all
    select * from joined_runs
    union all
    select * from own_runs

)

select resolved.*
from resolved
left join {{ ref('excluded_run') }} as excluded on resolved.run_id = excluded.run_id
where excluded.run_id is null

with

files as (

    select * from {{ ref('stg_source_file') }}
    where is_counted and format is not null

),

trials as (

    select distinct trial_directory from {{ ref('stg_trial') }}

),

ancestors as (

    select
        source_file_id,
        unnest({{ parent_directories('directory') }}) as ancestor
    from files

),

nearest_trial as (

    select
        ancestors.source_file_id,
        arg_max(ancestors.ancestor, len(ancestors.ancestor)) as trial_directory
    from ancestors
    inner join trials on ancestors.ancestor = trials.trial_directory
    group by all

)

select
    files.source_file_id,
    files.path,
    files.root,
    files.directory,
    files.file_name,
    regexp_extract(files.file_name, '^([^.]+)', 1) as file_stem,
    files.format,
    files.status,
    files.content_load_id,
    files.content_sha256 || '/' || files.parser_version as content_version,
    nearest_trial.trial_directory,
    nullif(
        regexp_extract(substr(files.directory, len(nearest_trial.trial_directory) + 2), '^steps/([^/]+)', 1), ''
    ) as step_name
from files
left join nearest_trial on files.source_file_id = nearest_trial.source_file_id

with

files as (

    select * from {{ ref('stg_source_file') }}

),

-- a file that is evidence of a run made attempts of what it says, and they stand for it
responses as (

    select
        responses.*,
        case
            when responses.run_name is not null then responses.run_name
            when responses.run_directory is not null then {{ folder_run_id('responses.run_directory', 'files.root') }}
            else
                {{ folder_run_id('files.directory', 'files.root') }}
                || '/' || regexp_extract(files.file_name, '^([^.]+)', 1)
        end as run_id
    from {{ ref('stg_response') }} as responses
    inner join files on responses.source_file_id = files.source_file_id
    anti join {{ ref('int_run_file') }} as run_files on responses.source_file_id = run_files.source_file_id

)

select
    *,
    md5(concat_ws(
        ' ',
        'response',
        run_id,
        coalesce(agent_name, 'null'),
        coalesce(model_id, 'null'),
        coalesce(dataset, 'null')
    )) as run_treatment_id,
    coalesce(nullif(concat_ws(' / ', agent_name, model_id), ''), run_id) as agent_id
from responses

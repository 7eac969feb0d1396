with

files as (

    select * from {{ ref('stg_source_file') }}

),

trials as (

    select
        trials.native_trial_id,
        trials.trial_name,
        runs.submission
    from {{ ref('int_trial') }} as trials
    inner join {{ ref('int_run') }} as runs on trials.run_id = runs.run_id

),

-- a file that is evidence of a run made attempts of what it says, and a trial that has attempts speaks for itself
responses as (

    select
        responses.*,
        case
            when responses.run_name is not null then responses.run_name
            when responses.run_directory is not null then {{ folder_run_id('responses.run_directory', 'files.root') }}
            else
                {{ folder_run_id('files.directory', 'files.root') }}
                || '/' || regexp_extract(files.file_name, '^([^.]+)', 1)
        end as run_id,
        files.path,
        files.content_sha256
    from {{ ref('stg_response') }} as responses
    inner join files on responses.source_file_id = files.source_file_id
    anti join {{ ref('int_run_file') }} as run_files on responses.source_file_id = run_files.source_file_id
    anti join trials as same_trials on responses.native_trial_id = same_trials.native_trial_id
    anti join trials as named_trials
        on responses.trial_name = named_trials.trial_name and responses.agent_name = named_trials.submission

),

-- several matrices of a folder may hold the same runs in other measures
measured as (

    select responses.*
    from responses
    left join {{ ref('response_measure') }} as measures on responses.measure = measures.measure
    qualify
        responses.measure is null
        or rank() over (partition by responses.run_directory order by measures.rank nulls last, responses.measure) = 1

),

-- a trial in two tables, a cell in two copies of a matrix: seen once
distinct_responses as (

    select *
    from measured
    qualify row_number() over (
            partition by
                agent_name, model_id, dataset, revision, ensemble_member, run_name, task_id, occurred_at,
                if(
                    is_list_of_resolved,
                    source_file_id || place,
                    coalesce(trial_name, native_trial_id, content_sha256 || place)
                )
            order by path, place
        ) = 1

),

-- what a response says of its failure is read as a trial's exception is
failures as (

    select
        responses.source_file_id,
        responses.place,
        if(responses.failure_mode is null, null, coalesce(classes.timed_out_part = 'agent', false)) as is_timed_out,
        arg_min(rules.infra_failure_rule, rules.rank) as infra_failure_rule,
        count(rules.rank) > 0 as is_infra_failure
    from distinct_responses as responses
    left join {{ ref('failure_class') }} as classes on responses.failure_mode = classes.exception_type
    left join {{ ref('infra_failure_rule') }} as rules
        on
            coalesce(responses.value, 0) < 1
            and rules.value = case rules.column_name
                when 'failure_class' then classes.failure_class
                when 'patch_outcome_label_rule' then if(responses.value is null, 'no_verdict', null)
            end
    where responses.failure_mode is not null or responses.value is null
    group by all

)

select
    distinct_responses.* exclude (path, content_sha256),
    failures.* exclude (source_file_id, place),
    md5(concat_ws(
        ' ',
        'response',
        run_id,
        coalesce(agent_name, 'null'),
        coalesce(model_id, 'null'),
        coalesce(dataset, 'null')
    )) as run_treatment_id,
    coalesce(nullif(concat_ws(' / ', agent_name, model_id), ''), run_id) as agent_id
from distinct_responses
left join failures
    on distinct_responses.source_file_id = failures.source_file_id and distinct_responses.place = failures.place

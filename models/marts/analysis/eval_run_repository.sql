{{ incremental_by_unit('int_run_unit', 'run_treatment_id') }}

with

grouped as (

    select
        run_treatment_id,
        run_id,
        repository,
        count(distinct task_id) as task_count,
        {{ outcome_measures() }},
        {{ nearest_rank('wall_time_s', 0.5) }} as wall_time_s_p50,
        {{ nearest_rank('token_count', 0.5) }} as token_count_p50
    from {{ ref('int_run_outcome') }}
    where outcome_source = 'trial' and repository is not null and {{ is_touched('run_treatment_id') }}
    group by all

)

select
    md5(run_treatment_id || ' ' || repository) as run_repository_id,
    *,
    {{ outcome_rates('grouped') }}
from grouped

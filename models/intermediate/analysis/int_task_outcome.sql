{{ incremental_by_unit('int_run_unit', 'run_treatment_id') }}

with

outcomes as (

    select
        *,
        is_value_known and not coalesce(is_infra_failure, false) as is_counted
    from {{ ref('int_run_outcome') }}
    where {{ is_touched('run_treatment_id') }}

)

select
    run_treatment_id,
    task_id,
    task_key,
    repository,
    count(*) as trial_count,
    count(*) filter (where is_infra_failure) as infra_failure_count,
    count(*) filter (where attempt_count > 1) as retried_trial_count,
    count(*) filter (where resolved_first) as resolved_first_count,
    count(*) filter (where resolved_final) as resolved_final_count,
    {% for scope in ['first', 'final'] %}
        count(resolved_{{ scope }}) filter (where is_counted) as counted_{{ scope }}_count,
        count(*) filter (where is_counted and resolved_{{ scope }}) as counted_resolved_{{ scope }}_count,
    {% endfor %}
    if(count(cost_usd) = count(*), {{ settled('sum', 'cost_usd') }}, null) as cost_usd,
    if(count(token_count) = count(*), cast(sum(token_count) as bigint), null) as token_count,
    median(wall_time_s) as wall_time_s,
    if(count(task_timeout_s) = count(*), min(task_timeout_s), null) as shortest_timeout_s,
    if(count(task_timeout_s) = count(*), max(task_timeout_s), null) as longest_timeout_s
from outcomes
group by all

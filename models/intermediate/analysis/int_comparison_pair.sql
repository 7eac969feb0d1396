with

-- whose order is not known counts as older than all whose is
ranked as (

    select
        run_treatment_id,
        run_id,
        agent_id,
        agent_type,
        dataset_name,
        benchmark,
        outcome_source,
        input_fingerprint,
        row_number() over (
            partition by benchmark, outcome_source
            order by ordered_at nulls first, run_id, run_treatment_id
        ) as run_rank
    from {{ ref('int_run_unit') }}

),

named as (

    select
        ranked.*,
        baselines.baseline,
        baselines.rank as baseline_rank
    from ranked
    inner join {{ ref('comparison_baseline') }} as baselines
        on
            coalesce(ranked.dataset_name = baselines.dataset_name, baselines.dataset_name is null)
            and regexp_matches(
                case baselines.column_name
                    when 'run_id' then ranked.run_id
                    when 'agent_id' then ranked.agent_id
                    when 'agent_type' then ranked.agent_type
                end,
                baselines.pattern
            )

),

-- a response is compared with where the seed names it, and only there
runs as (

    select
        *,
        run_treatment_id in (select named.run_treatment_id from named) as is_named
    from ranked
    where outcome_source = 'trial'

),

candidates as (

    select
        runs.run_treatment_id,
        named.run_treatment_id as baseline_run_treatment_id,
        named.baseline,
        named.baseline_rank
    from runs
    inner join named
        on
            runs.benchmark = named.benchmark
            -- of two named runs the older is the baseline
            and (
                named.outcome_source = 'response'
                or runs.run_rank > named.run_rank
                or not runs.is_named
            )
            and runs.run_treatment_id <> named.run_treatment_id
    union all
    select
        runs.run_treatment_id,
        previous.run_treatment_id as baseline_run_treatment_id,
        'previous' as baseline,
        null as baseline_rank
    from runs
    inner join runs as previous
        on
            runs.benchmark = previous.benchmark
            and previous.run_rank between runs.run_rank - {{ var('compared_previous_runs') }} and runs.run_rank - 1

),

pairs as (

    select
        run_treatment_id,
        baseline_run_treatment_id,
        arg_min(baseline, coalesce(baseline_rank, cast('infinity' as double))) as baseline,
        min(baseline_rank) as baseline_rank
    from candidates
    group by all

)

select
    md5(pairs.run_treatment_id || ' ' || pairs.baseline_run_treatment_id) as comparison_id,
    pairs.*,
    md5(runs.input_fingerprint || ' ' || baselines.input_fingerprint || ' ' || pairs.baseline) as input_fingerprint
from pairs
inner join ranked as runs on pairs.run_treatment_id = runs.run_treatment_id
inner join ranked as baselines on pairs.baseline_run_treatment_id = baselines.run_treatment_id

{{ incremental_by_unit('int_run_unit', 'run_treatment_id') }}
{%- set failing_grader = 'numerator < ' ~ threshold('failing_grader_share') ~ ' * denominator' -%}
{#- measure: (what is true of an attempt, of which attempts it is asked) -#}
{%- set measures = {
    'wrong_file_share': ('not localized_correct_file', 'reward < 1 and localized_correct_file is not null'),
    'wrong_fix_share': ('localized_correct_file', 'reward < 1 and localized_correct_file is not null'),
    'bash_edit_share': ('bash_mediated_edits', 'bash_mediated_edits is not null'),
    'empty_patch_share': ("no_effect_reason = 'empty_patch'", 'patch_outcome_label is not null'),
    'inert_patch_share': ("no_effect_reason = 'inert_patch'", 'patch_outcome_label is not null'),
    'unapplied_patch_share': ('not patch_applies', 'patch_applies is not null'),
    'blind_patch_share': ('is_blind_patch', 'is_blind_patch is not null'),
    'untested_edit_share': ('not has_test_after_edit', 'has_test_after_edit is not null'),
    'stuck_loop_share': ('stuck_repetition_rate > ' ~ threshold('stuck_repetition_rate'), 'stuck_repetition_rate is not null'),
    'exhausted_budget_share': ("failure_class = 'agent_exhausted_budget'", 'timed_out is not null'),
} -%}

with

outcomes as (

    select * from {{ ref('int_run_outcome') }}
    where {{ is_touched('run_treatment_id') }}

),

-- first attempts, so that retries are not mixed in
attempts as (

    select
        outcomes.run_treatment_id,
        spans.*
    from {{ ref('attempt_span') }} as spans
    inner join outcomes on spans.trial_id = outcomes.trial_id
    where spans.attempt_index = 0 and not outcomes.is_infra_failure

),

shares as (

    {% for measure, (condition, known) in measures.items() %}
        select
            run_treatment_id,
            '{{ measure }}' as measure,
            count(*) filter (where {{ condition }}) as numerator,
            count(*) as denominator
        from attempts
        where {{ known }}
        group by all
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- a verifier may write a reward of each of its graders
grader_rewards as (

    select
        outcomes.run_treatment_id,
        unnest(map_keys(trials.rewards)) as subject,
        unnest(map_values(trials.rewards)) as reward
    from {{ ref('stg_trial') }} as trials
    inner join {{ ref('int_trial') }} as known on trials.trial_directory = known.trial_directory
    inner join outcomes on known.trial_id = outcomes.trial_id
    where trials.evidence = 'harbor_result' and cardinality(trials.rewards) > 1

),

grader_shares as (

    select
        run_treatment_id,
        'grader_pass_share' as measure,
        subject,
        count(*) filter (where reward >= 1) as numerator,
        count(*) as denominator
    from grader_rewards
    group by all

),

failing_graders as (

    select
        run_treatment_id,
        'failing_grader_share' as measure,
        arg_min(subject, (numerator / denominator, subject)) as subject,
        count(*) filter (where {{ failing_grader }}) as numerator,
        count(*) as denominator
    from grader_shares
    group by all
    having count(*) filter (where {{ failing_grader }}) >= {{ threshold('failing_graders') }}

),

-- never resolved before sometimes, near misses before misses, short traces before long ones
failing_tasks as (

    select
        run_treatment_id,
        'failing_task' as measure,
        task_id as subject,
        count(*) filter (where reward = 1) as numerator,
        count(*) as denominator,
        arg_min(coalesce(failure_class, patch_outcome_label, 'not resolved'), attempt_id) filter (
            where coalesce(reward, 0) < 1
        ) as detail,
        row_number() over (
            partition by run_treatment_id
            order by
                (count(*) filter (where reward = 1) = 0) desc,
                max(coalesce(f2p_rate, reward, 0)) desc,
                min(tool_call_count) asc nulls last,
                task_id asc
        ) as reading_order
    from attempts
    group by run_treatment_id, task_id
    having count(*) filter (where reward = 1) < count(*)
    qualify reading_order <= {{ threshold('failing_tasks') }}

)

select * from shares  -- noqa: AM07
union all by name
select * from grader_shares  -- noqa: AM07
union all by name
select * from failing_graders  -- noqa: AM07
union all by name
select * from failing_tasks  -- noqa: AM07

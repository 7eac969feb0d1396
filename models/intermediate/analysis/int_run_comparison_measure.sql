{{ incremental_by_unit('int_insight_unit', 'run_treatment_id') }}
{#- measure: (value, words beside it) -#}
{%- set measures = {
    'lost_task_share': (ratio('comparisons.baseline_only_count', 'comparisons.compared_task_count'), '[]'),
    'unseen_difference': (
        'if(comparisons.p_holm >= ' ~ threshold('comparison_alpha') ~ ', comparisons.smallest_detectable_difference, null)',
        '[]',
    ),
    'unequal_treatment': ('if(comparisons.is_fair_comparison = false, 1, null)', 'comparisons.differing_treatment'),
    'unrecorded_treatment': (
        'if(comparisons.is_fair_comparison is null and len(comparisons.run_unrecorded_treatment) > 0, 1, null)',
        'comparisons.run_unrecorded_treatment',
    ),
} -%}

with

comparisons as (

    select * from {{ ref('run_comparison') }}
    where attempt_scope = 'first' and {{ is_touched('run_treatment_id') }}

),

flips as (

    select
        *,
        -- what was found and yet not fixed is the shortest to read, and a short trace before a long one
        row_number() over (
            partition by run_comparison_id
            order by
                (flip = 'lost') desc,
                coalesce(run_localized_correct_file, false) desc,
                run_tool_call_count asc nulls last,
                task_id asc
        ) as reading_order
    from {{ ref('task_flip') }}
    where {{ is_touched('run_treatment_id') }}

),

first_flips as (

    select
        run_comparison_id,
        list(task_id order by reading_order) filter (where reading_order <= {{ threshold('verdict_flips') }}) as tasks
    from flips
    group by all

),

verdicts as (

    select
        comparisons.run_treatment_id,
        concat_ws(
            '_',
            'verdict',
            if(comparisons.is_fair_comparison = false, 'unfair', comparisons.verdict),
            comparisons.winner_if_treatment_equal
        ) as measure,
        comparisons.baseline_agent_id as subject,
        comparisons.difference as value,
        cast(comparisons.run_only_count as double) as numerator,
        cast(comparisons.baseline_only_count as double) as denominator,
        cast(comparisons.compared_task_count as double) as reference_value,
        comparisons.difference_low as interval_low,
        comparisons.difference_high as interval_high,
        comparisons.p_holm as p_value,
        array_to_string(
            if(comparisons.is_fair_comparison, [], list_concat(
                comparisons.unrecorded_treatment,
                if(comparisons.is_fair_comparison = false, comparisons.differing_treatment, [])
            )), ', '
        ) as detail,
        coalesce(first_flips.tasks, []) as tasks
    from comparisons
    inner join {{ ref('int_insight_unit') }} as units on comparisons.run_treatment_id = units.run_treatment_id
    left join first_flips on comparisons.run_comparison_id = first_flips.run_comparison_id
    where comparisons.is_verdict_baseline and units.is_newest

),

-- what was lost, what a test of this size cannot see, what makes the pair unfair
pair_measures as (

    {% for measure, (value, words) in measures.items() %}
        select
            comparisons.run_treatment_id,
            '{{ measure }}' as measure,
            comparisons.baseline_agent_id as subject,
            cast({{ value }} as double) as value,
            cast(comparisons.baseline_only_count as double) as numerator,
            cast(comparisons.compared_task_count as double) as denominator,
            array_to_string({{ words }}, ', ') as detail,
            coalesce(first_flips.tasks, []) as tasks
        from comparisons
        left join first_flips on comparisons.run_comparison_id = first_flips.run_comparison_id
        where comparisons.is_verdict_baseline
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from verdicts  -- noqa: AM07
union all by name
select * from pair_measures
where value is not null

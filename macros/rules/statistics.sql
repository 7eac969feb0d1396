{% macro settled(aggregate, value) -%}
    {#-
        An aggregate of floats that does not depend on the order in which rows are read. Values are sorted as a list: that
        takes a fifth of the time of an aggregate with an order of its own, and less in small groups.
    -#}
    list_{{ aggregate }}(list_sort(list({{ value }})))
{%- endmacro %}

{% macro settled_mean(value) -%}
    {#- A mean that does not depend on the order in which rows are read, nor on the last bits of its terms. -#}
    round({{ settled('avg', value) }}, 12)
{%- endmacro %}

{% macro nearest_rank(value, share) -%}
    {#- The smallest value that at least this share of the values does not exceed; null where there is none. -#}
    list_sort(list({{ value }}) filter (where {{ value }} is not null))[
        cast(ceil({{ share }} * count({{ value }})) as bigint)
    ]
{%- endmacro %}

{% macro pass_at_k(trials, successes, k) -%}
    {#-
        Probability that at least one of k trials drawn from these succeeds (Chen et al. 2021, arXiv 2107.03374, the
        unbiased estimator); null where there are fewer than k. signals.md TV-33.
    -#}
    if(
        {{ trials }} >= {{ k }},
        1 - coalesce(
            list_product(list_transform(
                range({{ trials }} - {{ successes }} + 1, {{ trials }} + 1), lambda i: 1 - {{ k }} / i
            )),
            1
        ),
        null
    )
{%- endmacro %}

{% macro pass_hat_k(trials, successes, k) -%}
    {#-
        Probability that all of k trials drawn from these succeed (Yao et al. 2024, arXiv 2406.12045); null where there
        are fewer than k. signals.md TV-33.
    -#}
    if(
        {{ trials }} >= {{ k }},
        list_product(list_transform(range(0, {{ k }}), lambda i: greatest({{ successes }} - i, 0) / ({{ trials }} - i))),
        null
    )
{%- endmacro %}

{% macro outcome_measures() -%}
    {#- Counts and sums over the trials of a group of `int_run_outcome`, as every table of rates has them. -#}
    count(*) as trial_count,
    count(*) filter (where attempt_count > 1) as retried_trial_count,
    count(*) filter (where resolved_first) as resolved_first_count,
    count(*) filter (where resolved_final) as resolved_final_count,
    count(*) filter (where recovered) as recovered_count,
    count(final_reward) as judged_trial_count,
    count(*) filter (where is_infra_failure) as infra_failure_count,
    count(*) filter (where is_timed_out) as timed_out_count,
    if(count(cost_usd) = count(*), {{ settled('sum', 'cost_usd') }}, null) as cost_usd_total
{%- endmacro %}

{% macro outcome_rates(relation) -%}
    {#- The rates of a relation that has `outcome_measures`: with the trials that the infrastructure failed and without. -#}
    {%- for scope in ['first', 'final'] %}
        {%- set resolved = relation ~ '.resolved_' ~ scope ~ '_count' %}
        {{ ratio(resolved, relation ~ '.trial_count') }} as resolved_{{ scope }}_rate,
        {{ wilson_bound(resolved, relation ~ '.trial_count', -1) }} as resolved_{{ scope }}_rate_low,
        {{ wilson_bound(resolved, relation ~ '.trial_count', 1) }} as resolved_{{ scope }}_rate_high,
        {{ ratio(resolved, '(' ~ relation ~ '.trial_count - ' ~ relation ~ '.infra_failure_count)') }}
            as resolved_{{ scope }}_rate_without_infra,
    {%- endfor %}
    {{ ratio(relation ~ '.recovered_count', relation ~ '.retried_trial_count') }} as recovery_rate,
    {{ ratio(relation ~ '.cost_usd_total', relation ~ '.resolved_final_count') }} as cost_per_resolved
{%- endmacro %}

{% macro pareto_relation() -%}
    {#- How the run stands to its baseline in what it resolves and in what a resolved task costs; null without a cost. -#}
    case
        when run_cost_per_resolved is null or baseline_cost_per_resolved is null then null
        when run_resolved_rate = baseline_resolved_rate and run_cost_per_resolved = baseline_cost_per_resolved then 'equal'
        when run_resolved_rate >= baseline_resolved_rate and run_cost_per_resolved <= baseline_cost_per_resolved
            then 'dominates'
        when run_resolved_rate <= baseline_resolved_rate and run_cost_per_resolved >= baseline_cost_per_resolved
            then 'dominated'
        else 'trade_off'
    end
{%- endmacro %}

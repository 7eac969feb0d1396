{% macro ratio(numerator, denominator) -%}
    {#- A ratio that is null, never inf or NaN, where the denominator is null or 0. -#}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

{% macro elapsed_s(started_at, finished_at) -%}
    {#- Seconds between two instants; null where clocks disagree and the end lies before the start. -#}
    if({{ finished_at }} >= {{ started_at }}, epoch({{ finished_at }} - {{ started_at }}), null)
{%- endmacro %}

{% macro uncached(input_tokens_with_cache, cache_read_tokens) -%}
    {#- Input tokens without the cached ones; null where a harness reports more cached tokens than input. -#}
    if(
        {{ input_tokens_with_cache }} >= coalesce({{ cache_read_tokens }}, 0),
        {{ input_tokens_with_cache }} - coalesce({{ cache_read_tokens }}, 0),
        null
    )
{%- endmacro %}

{% macro slope(value, position, condition='true') -%}
    {#-
        Least-squares slope of a value over its position, where the condition holds; null below two values (signals.md
        C3) and rounded as C9 rounds, so that the order in which rows are read leaves no trace.
    -#}
    if(
        count({{ value }}) filter (where {{ condition }}) >= 2,
        round(regr_slope({{ value }}, {{ position }}) filter (where {{ condition }}), 6),
        null
    )
{%- endmacro %}

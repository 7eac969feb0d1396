{% macro folded_pattern(seed_name, condition='true', pattern_column='pattern') -%}
    {#-
        One RE2 literal that matches what any pattern of a seed matches. DuckDB compiles a literal once and a
        column's value once a row, so lists are folded when the model compiles. Where the seed is not built
        (a fresh clone that only compiles), the literal matches nothing.
    -#}
    {%- set folded = namespace(pattern='[^\\s\\S]') -%}
    {%- if model.resource_type == 'model' -%}{%- do ref(seed_name) -%}{%- endif -%}
    {%- set rows = seed_rows(
        seed_name,
        "string_agg('(?:' || " ~ pattern_column ~ " || ')', '|' order by " ~ pattern_column ~ ")",
        condition
    ) -%}
    {%- if rows and rows[0][0] -%}{%- set folded.pattern = rows[0][0] -%}{%- endif -%}
    '{{ folded.pattern | replace("'", "''") }}'
{%- endmacro %}

{% macro threshold(name) -%}
    {#- The value of a row of the seed `threshold`, as a literal. -#}
    {%- set found = namespace(value='null') -%}
    {%- if model.resource_type == 'model' -%}{%- do ref('threshold') -%}{%- endif -%}
    {%- set rows = seed_rows('threshold', 'value', "threshold = '" ~ name ~ "'") -%}
    {%- if rows is not none -%}
        {%- if rows | length == 0 -%}
            {{ exceptions.raise_compiler_error("The seed threshold has no row '" ~ name ~ "'") }}
        {%- endif -%}
        {%- set found.value = rows[0][0] -%}
    {%- endif -%}
    cast({{ found.value }} as double)
{%- endmacro %}

{% macro seed_rows(seed_name, columns, condition='true') -%}
    {#-
        Rows of a seed while a model compiles, in order; none where the seed is not built. Each is asked for once in an
        invocation: what is found stays with the seed's plan, under the version that the seed then has.
    -#}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {#- a unit test compiles without a graph -#}
    {%- set plan = graph.get('nodes', {}).get('seed.' ~ project_name ~ '.' ~ seed_name, {}).get('plan', {}) -%}
    {%- set question = (plan.version, columns, condition) -%}
    {%- set answers = plan.setdefault('answers', {}) -%}
    {%- if plan.version and question in answers -%}{{ return(answers[question]) }}{%- endif -%}
    {%- set relation = adapter.get_relation(database=target.database, schema='seeds', identifier=seed_name) -%}
    {%- if relation is none -%}{{ return(none) }}{%- endif -%}
    {%- do answers.update({question: run_query(
        'select ' ~ columns ~ ' from ' ~ relation ~ ' where ' ~ condition ~ ' order by all'
    ).rows}) -%}
    {{ return(answers[question]) }}
{%- endmacro %}

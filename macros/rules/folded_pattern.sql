{% macro folded_pattern(seed_name, condition='true', pattern_column='pattern') -%}
    {#-
        One RE2 literal that matches what any pattern of a seed matches. DuckDB compiles a literal once and a
        column's value once a row, so lists are folded when the model compiles. Where the seed is not built
        (a fresh clone that only compiles), the literal matches nothing.
    -#}
    {%- set folded = namespace(pattern='[^\\s\\S]') -%}
    {%- if model.resource_type == 'model' -%}{%- do ref(seed_name) -%}{%- endif -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(
            database=target.database, schema='seeds', identifier=seed_name
        ) -%}
        {%- if relation is not none -%}
            {%- set found = run_query(
                "select string_agg('(?:' || " ~ pattern_column ~ " || ')', '|' order by " ~ pattern_column
                ~ ") from " ~ relation ~ " where " ~ condition
            ).columns[0].values()[0] -%}
            {%- if found -%}{%- set folded.pattern = found -%}{%- endif -%}
        {%- endif -%}
    {%- endif -%}
    '{{ folded.pattern | replace("'", "''") }}'
{%- endmacro %}

{% macro threshold(name) -%}
    {#- The value of a row of the seed `threshold`, as a literal. -#}
    {%- set found = namespace(value='null') -%}
    {%- if model.resource_type == 'model' -%}{%- do ref('threshold') -%}{%- endif -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(
            database=target.database, schema='seeds', identifier='threshold'
        ) -%}
        {%- if relation is not none -%}
            {%- set rows = run_query("select value from " ~ relation ~ " where threshold = '" ~ name ~ "'") -%}
            {%- if rows | length == 0 -%}
                {{ exceptions.raise_compiler_error("The seed threshold has no row '" ~ name ~ "'") }}
            {%- endif -%}
            {%- set found.value = rows.columns[0].values()[0] -%}
        {%- endif -%}
    {%- endif -%}
    cast({{ found.value }} as double)
{%- endmacro %}

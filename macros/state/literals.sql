{% macro literal(value) -%}
    {#- A value as an SQL string literal, or null. -#}
    {{ return('null' if value is none else "'" ~ (value | string | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro literals(values) -%}
    {#- A non-empty list of texts as the right side of `in`. -#}
    {%- set quoted = [] -%}
    {%- for value in values -%}
        {%- do quoted.append(literal(value)) -%}
    {%- endfor -%}
    {{ return('(' ~ quoted | join(', ') ~ ')') }}
{%- endmacro %}

{% macro some_names(names, most=5) -%}
    {#- The first names of a list, and how many more there are. -#}
    {%- set rest = names | length - most -%}
    {{ return((names | sort)[:most] | join(', ') ~ (' and ' ~ rest ~ ' more' if rest > 0 else '')) }}
{%- endmacro %}

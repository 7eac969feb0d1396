{% macro plan_line_pattern() -%}
    {#- A numbered, bulleted or `step n` line (signals.md 4); its one group is what the line says. -#}
    '(?m)^[ \t]*(?:\d{1,2}[.)]|[-*•]|(?i:step) \d+[:.)])[ \t]+(\S.*)$'
{%- endmacro %}

{% macro without_code_fences(text) -%}
    regexp_replace({{ text }}, '(?s)```.*?(```|$)', ' ', 'g')
{%- endmacro %}

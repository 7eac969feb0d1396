{% macro plan_line_pattern() -%}
    {#- A numbered, bulleted or `step n` line (signals.md 4); its one group is what the line says. -#}
    '(?m)^[ \t]*(?:\d{1,2}[.)]|[-*•]|(?i:step) \d+[:.)])[ \t]+(\S.*)$'
{%- endmacro %}

{% macro without_code_fences(text) -%}
    regexp_replace({{ text }}, '(?s)```.*?(```|$)', ' ', 'g')
{%- endmacro %}

{% macro list_introductions(text) -%}
    {#-
        What stands above the lists of a text, outside code fences: the line before each, and the heading of the section
        that it stands in, a line each.
    -#}
    {%- set marked -%}
        regexp_replace({{ without_code_fences(text) }}, {{ plan_line_pattern() }}, chr(1), 'g')
    {%- endset -%}
    array_to_string(
        regexp_extract_all({{ marked }}, '(?m)^(#[^\n]*)\n(?:(?:[^#\x01\n][^\n]*)?\n)*\x01', 1)
        || regexp_extract_all({{ marked }}, '(?m)^([^\x01\n]+)\n\s*\x01', 1),
        chr(10)
    )
{%- endmacro %}

{% macro line_indentation(line) -%}
    {#- Columns that a line is indented by, four a tab. -#}
    len(replace(regexp_extract({{ line }}, '^[ \t]*'), e'\t', '    '))
{%- endmacro %}

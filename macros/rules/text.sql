{% macro approx_tokens(text) -%}
    {#-
        Words and single signs: the project's one estimate of tokens (signals.md C5, ASCII as in RE2). The function is
        `algorithms/tokens.py`, which the plugin adds to each connection of dbt.
    -#}
    approx_token_count({{ text }})
{%- endmacro %}

{% macro cleaned_text(text) -%}
    {#- Text before any cue is looked for: no code, no quotations, straight apostrophes (signals.md C6). -#}
    regexp_replace(
        regexp_replace(
            regexp_replace(replace({{ text }}, '’', ''''), '(?s)```.*?(```|$)', ' ', 'g'),
            '`[^`\n]*`', ' ', 'g'
        ),
        '(?m)^\s*>.*$', ' ', 'g'
    )
{%- endmacro %}

{% macro foreign_characters(text) -%}
    {#- Characters of a text outside ASCII. What is inside it goes in runs: one by one it takes forty times as long. -#}
    len(regexp_replace({{ text }}, '[\x00-\x7F]+', '', 'g'))
{%- endmacro %}

{% macro plan_line_pattern() -%}
    {#- A numbered, bulleted or `step n` line (signals.md 4); its one group is what the line says. -#}
    '(?m)^[ \t]*(?:\d{1,2}[.)]|[-*•]|(?i:step) \d+[:.)])[ \t]+(\S.*)$'
{%- endmacro %}

{% macro without_code_fences(text) -%}
    regexp_replace({{ text }}, '(?s)```.*?(```|$)', ' ', 'g')
{%- endmacro %}

{% macro cue_sentence_count(text, cue_list) -%}
    {#- Sentences (not matches) that hold a cue of a list; null for a null text. -#}
    len(list_filter(
        regexp_split_to_array({{ cleaned_text(text) }}, '[.!?\n]+'),
        lambda sentence: regexp_matches(
            sentence, {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }}, 'i'
        )
    ))
{%- endmacro %}

{% macro cue_sentence_count(text, cue_list) -%}
    {#- Sentences (not matches) that hold a cue of a list; null for a null text. -#}
    len(list_filter(
        regexp_split_to_array({{ cleaned_text(text) }}, '[.!?\n]+'),
        lambda sentence: regexp_matches(
            sentence, {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }}, 'i'
        )
    ))
{%- endmacro %}

{% macro without_excluded_cues(cleaned, cue_list) -%}
    {#- RE2 has no look-around: phrases that a cue must not be part of are blanked before the cues are looked for. -#}
    regexp_replace(
        {{ cleaned }}, {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'exclude'") }}, ' ', 'gi'
    )
{%- endmacro %}

{% macro has_cue(cleaned, cue_list) -%}
    {#- Whether a cleaned text holds a cue of a list outside the list's exclusions; null for a null text. -#}
    regexp_matches(
        {{ without_excluded_cues(cleaned, cue_list) }},
        {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }},
        'i'
    )
{%- endmacro %}

{% macro cue_count(cleaned, cue_list) -%}
    {#- Matches of a list's cues in a cleaned text, outside the list's exclusions; null for a null text. -#}
    len(regexp_extract_all(
        {{ without_excluded_cues(cleaned, cue_list) }},
        {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }},
        0,
        'i'
    ))
{%- endmacro %}

{% macro has_asking_cue(cleaned, cue_list) -%}
    {#- Whether a cue stands in a sentence that ends in a question mark or that is the text's last one. -#}
    regexp_matches(
        {{ cleaned }},
        '(?:' || {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }}
        || ')(?:[^.!?\n]|[.!?][^\s.!?])*(?:\?|[.!]*\s*\z)',
        'i'
    )
{%- endmacro %}

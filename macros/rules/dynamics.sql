{% macro model_threshold(name, embedding_model='embedding_model') -%}
    {#-
        The value of a row of the seed `threshold` for the embedding model of a row, as an expression. A model without a
        value of its own has the one that is given for none.
    -#}
    {%- set found = namespace(values=[], fallback='null') -%}
    {%- if model.resource_type == 'model' -%}{%- do ref('threshold') -%}{%- endif -%}
    {%- set rows = seed_rows('threshold', 'embedding_model, value', "threshold = '" ~ name ~ "'") -%}
    {%- if rows is not none -%}
        {%- for row in rows -%}
            {%- if row[0] -%}
                {%- do found.values.append(row) -%}
            {%- else -%}
                {%- set found.fallback = row[1] -%}
            {%- endif -%}
        {%- else -%}
            {{ exceptions.raise_compiler_error("The seed threshold has no row '" ~ name ~ "'") }}
        {%- endfor -%}
    {%- endif -%}
    {%- if found.values -%}
        cast(
            case {{ embedding_model }}
                {%- for value in found.values %} when '{{ value[0] | replace("'", "''") }}' then {{ value[1] }}{% endfor %}
                else {{ found.fallback }}
            end as double
        )
    {%- else -%}
        cast({{ found.fallback }} as double)
    {%- endif -%}
{%- endmacro %}

{% macro closing_values(curve) -%}
    {#- The last third of a curve, and three values of it at least (signals.md 5.1). -#}
    list_slice(
        {{ curve }},
        len({{ curve }}) + 1 - cast(greatest(
            {{ threshold('plateau_points') }}, ceil(len({{ curve }}) * {{ threshold('plateau_share') }})
        ) as bigint),
        len({{ curve }})
    )
{%- endmacro %}

{% macro percentile_rank(value, reference_values) -%}
    {#- Percentile that a value reaches among reference values, one a percentile in order; null without a reference. -#}
    if(
        {{ value }} is not null and {{ reference_values }} is not null,
        greatest(len(list_filter({{ reference_values }}, lambda reference: reference <= {{ value }})) - 1, 0),
        null
    )
{%- endmacro %}

{% macro has_question_cue(cleaned, cue_list) -%}
    {#- Whether a cue of a list stands in a sentence that ends in a question mark. -#}
    regexp_matches(
        {{ without_excluded_cues(cleaned, cue_list) }},
        '(?:' || {{ folded_pattern('cue', "cue_list = '" ~ cue_list ~ "' and kind = 'include'") }}
        || ')(?:[^.!?\n]|[.!]\w)*\?',
        'i'
    )
{%- endmacro %}

{% macro plan_lines(text) -%}
    {#- The list items of a text outside code fences, each with its indentation and mark. -#}
    regexp_extract_all({{ without_code_fences(text) }}, {{ plan_line_pattern() }}, 0)
{%- endmacro %}

{% macro named_paths(text) -%}
    {#- What is written like the path of a file: with an extension, and not called like a function. -#}
    list_distinct(regexp_extract_all(
        -- a sign that ends one path may begin the next
        regexp_replace({{ text }}, '([\s,])', '\1\1', 'g'),
        '(?:^|[\s(\[`''"@,<])((?:\.{0,2}/)?(?:[\w.@-]+/)*[\w.-]*\w\.[A-Za-z]\w{0,9})(?:[.:;]?$|[.:;]?[^\w(/.-])',
        1
    ))
{%- endmacro %}

{% macro referenced_items(text) -%}
    {#- Paths and identifiers that a text names: paths, addresses, what stands in backticks, what is written as a call. -#}
    list_distinct(list_transform(
        regexp_extract_all({{ text }}, '`([^`\n]+)`', 1)
        || regexp_extract_all({{ text }}, '\b([A-Za-z_][\w.]*)\(\)', 1)
        || {{ named_paths(text) }}
        || regexp_extract_all({{ text }}, 'https?://[^\s<>)\]"'']*[\w/]'),
        lambda item: regexp_replace(item, '\(\)$', '')
    ))
{%- endmacro %}

{% macro named_files_of_sessions() -%}
    {#- The files that the user of each touched session named, as one list, and whether any is a test. -#}
    select
        session_id,
        list(named_file order by named_file) as named_files,
        bool_or(regexp_matches(named_file, {{ folded_pattern('test_path') }})) as has_named_tests
    from {{ ref('int_session_named_file') }}
    where {{ is_touched('session_id') }}
    group by all
{%- endmacro %}

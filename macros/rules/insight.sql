{% macro readable_number(value) -%}
    {#- A number as a sentence has it: whole ones and large ones without decimals, others with three digits. -#}
    if(
        {{ value }} = round({{ value }}) or abs({{ value }}) >= 1000,
        format('{:,}', cast(round({{ value }}) as bigint)),
        format('{:.3g}', {{ value }})
    )
{%- endmacro %}

{% macro readable_percent(value, sign='') -%}
    {#- A share in percent with one decimal; with `+` for `sign` a difference in points. -#}
    format('{:{{ sign }}.1f}', 100 * {{ value }})
{%- endmacro %}

{% macro rendered(template) -%}
    {#- A template with the words of its row put in; a word that the row lacks reads `(not known)`. -#}
    {%- set rendering = namespace(sql=template) -%}
    {%- for word in [
        'run_id', 'run_treatment_id', 'subject', 'detail', 'tasks', 'value', 'numerator', 'denominator', 'reference',
        'p_value', 'percent', 'reference_percent', 'low_percent', 'high_percent', 'points', 'low_points', 'high_points',
    ] -%}
        {%- set rendering.sql = "replace(" ~ rendering.sql ~ ", '{" ~ word ~ "}', coalesce(words." ~ word ~ ", '(not known)'))" -%}
    {%- endfor -%}
    {{ rendering.sql }}
{%- endmacro %}

{% macro insight_order() -%}
    {#- How the findings of a run are read: verdict, headline, what is bad, what to do about it, what to doubt. -#}
    array_position(
        ['verdict', 'headline', 'insight', 'failing_task', 'recommendation', 'data_quality_warning'], kind
    ) asc,
    array_position(['bad', 'warn', 'good', 'info'], severity) asc,
    rank asc,
    reading_order asc nulls first,
    value desc,
    coalesce(subject, '') asc
{%- endmacro %}

{% test holds(model, key=[], rules={}) %}
    {#-
        What is true of every row of a model, as one node: the key is its grain (no null in it, no key twice), and each
        rule holds. Returns the keys that fail, with what they break. A rule that is null for a row holds for it.
    -#}
    {%- set columns = key | join(', ') %}
    {%- if rules %}
        select
            {{ columns ~ ', broken_rules' if key else '*' }}
        from (
            select
                *,
                list_filter(
                    [
                        {%- for name, expression in rules.items() %}
                        case when not ({{ expression }}) then '{{ name }}' end{{ ',' if not loop.last }}
                        {%- endfor %}
                    ],
                    lambda rule: rule is not null
                ) as broken_rules
            from {{ model }}
        ) as checked
        where len(broken_rules) > 0
    {%- endif %}
    {%- if rules and key %}
        union all
    {%- endif %}
    {%- if key %}
        select
            {{ columns }},
            ['one_row_per_key'] as broken_rules
        from {{ model }}
        group by {{ columns }}
        having count(*) > 1 or {{ key | join(' is null or ') }} is null
    {%- endif %}
{% endtest %}

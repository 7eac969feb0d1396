{% test holds(model, rules) %}
    {#- One scan for all row rules of a model: each failing row once, with the names of the rules it breaks. A rule
        that is null for a row holds for it. -#}
    with

    checked as (

        select
            *,
            list_filter(
                [
                    {% for rule in rules -%}
                        case when not ({{ rule.expression }}) then '{{ rule.name }}' end{{ ',' if not loop.last }}
                    {% endfor %}
                ],
                lambda rule: rule is not null
            ) as broken_rules
        from {{ model }}

    )

    select * from checked where len(broken_rules) > 0
{% endtest %}

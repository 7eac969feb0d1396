{% macro wilson_bound(successes, total, side) -%}
    {#-
        Lower (side -1) or upper (side 1) end of the 95 % interval of a rate (Wilson 1927, JASA 22); null where nothing
        was counted. signals.md TV-36.
    -#}
    ((
        ({{ successes }}) + 1.959964 ** 2 / 2
        + ({{ side }}) * 1.959964 * sqrt(
            ({{ successes }}) * (({{ total }}) - ({{ successes }})) / nullif({{ total }}, 0) + 1.959964 ** 2 / 4
        )
    ) / (nullif({{ total }}, 0) + 1.959964 ** 2))
{%- endmacro %}

{% macro kappa(observed_agreement, expected_agreement) -%}
    {#-
        Agreement beyond what chance gives (Cohen 1960, Educational and Psychological Measurement 20); null where
        chance agrees always.
    -#}
    ((({{ observed_agreement }}) - ({{ expected_agreement }})) / nullif(1 - ({{ expected_agreement }}), 0))
{%- endmacro %}

{% macro weighted_kappa(one_position, other_position) -%}
    {#-
        Aggregate: kappa of values in an order, disagreements weighted by the square of their distance (Cohen 1968,
        Psychological Bulletin 70); what chance gives is two independent draws. Null where chance agrees always.
    -#}
    (1 - avg(({{ one_position }} - {{ other_position }}) ** 2) / nullif(
        avg({{ one_position }} ** 2) + avg({{ other_position }} ** 2)
        - 2 * avg({{ one_position }}) * avg({{ other_position }}),
        0
    ))
{%- endmacro %}

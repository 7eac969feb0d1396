{% macro embedded_text(text) -%}
    {#-
        What of a text is embedded: without quotations and with straight apostrophes (signals.md C6), but with its code,
        which says as much of an intent as words do; pasted logs lose their middle (signals.md 5.1). Null for null.
    -#}
    trim(
        list_transform(
            -- every second part is what stands between fences
            [string_split(replace({{ text }}, '’', ''''), '```')],
            lambda parts: array_to_string(
                list_transform(
                    range(1, len(parts) + 1),
                    lambda place: if(
                        place % 2 = 0,
                        {{ without_log_middle('parts[place]') }},
                        array_to_string(
                            list_transform(
                                regexp_split_to_array(
                                    regexp_replace(parts[place], '(?m)^\s*>.*$', ' ', 'g'), '\n\s*\n'
                                ),
                                lambda block: {{ without_log_middle('block') }}
                            ),
                            e'\n\n'
                        )
                    )
                ),
                '```'
            )
        )[1],
        e' \n\r\t'
    )
{%- endmacro %}

{% macro without_log_middle(text) -%}
    {#-
        A text whose middle is left out where it is longer than a person types. Of a long text the ends tell what is
        needed; as many tokens as stand in 100 MB fill 4 GB.
    -#}
    {%- set most = 'cast(' ~ threshold('pasted_log_tokens') ~ ' as bigint)' -%}
    {%- set kept = 'cast(' ~ threshold('pasted_log_kept_tokens') ~ ' as bigint)' -%}
    {%- set reach = most ~ ' * 20' -%}
    if(
        len({{ text }}) > {{ most }},
        list_transform(
            list_transform(
                [{
                    'head': {{ spaced_tokens('left(' ~ text ~ ', ' ~ reach ~ ')') }},
                    'tail': {{ spaced_tokens('right(' ~ text ~ ', ' ~ reach ~ ')') }}
                }],
                lambda ends: if(
                    least(len(ends.head), len(ends.tail)) > greatest({{ most }}, {{ kept }}),
                    ends,
                    {'head': {{ spaced_tokens(text) }}, 'tail': {{ spaced_tokens(text) }}}
                )
            ),
            lambda ends: if(
                len(ends.head) > {{ most }},
                array_to_string(
                    list_slice(ends.head, 1, {{ kept }})
                    || ['… ']
                    || list_slice(ends.tail, len(ends.tail) - {{ kept }} + 1, len(ends.tail)),
                    ''
                ),
                {{ text }}
            )
        )[1],
        {{ text }}
    )
{%- endmacro %}

{% macro spaced_tokens(text) -%}
    {#- The tokens of a text (signals.md C5), each with the space after it and the first with the space before it. -#}
    regexp_extract_all({{ text }}, '\s*(?:\w+|[^\w\s])\s*')
{%- endmacro %}

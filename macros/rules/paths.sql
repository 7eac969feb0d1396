{% macro parent_directories(directory) -%}
    {#- List of a directory and all that lie above it, without the file system's root: `/a/b` gives [`/a`, `/a/b`]. -#}
    list_transform(
        range(2, len(string_split({{ directory }}, '/')) + 1),
        lambda depth: array_to_string(string_split({{ directory }}, '/')[:depth], '/')
    )
{%- endmacro %}

{% macro folder_run_id(directory, root) -%}
    {#- Id of a run that is known by its folder alone: the folder below its root, or the root's own name. -#}
    coalesce(
        nullif(ltrim(substr({{ directory }}, len({{ root }}) + 1), '/'), ''),
        regexp_extract({{ root }}, '([^/]+)/*$', 1)
    )
{%- endmacro %}

{% macro normalised_path(path, working_directory='null', checkout='null') -%}
    {#-
        A path as repositories name it (signals.md C8): joined to the working directory when relative, without the
        checkout's own directory or a prefix of the seed `repository_root`, without `./`, `x/../` and doubled slashes.
        Case is kept.
    -#}
    {%- set joined -%}
        {#- RE2 removes one level of `x/..` a pass: three levels are as deep as commands go -#}
        {% for _ in range(3) %}regexp_replace({% endfor %}
            regexp_replace(
                if(
                    starts_with({{ path }}, '/') or {{ working_directory }} is null,
                    {{ path }},
                    {{ working_directory }} || '/' || {{ path }}
                ),
                '/(\./)+|//+', '/', 'g'
            )
        {% for _ in range(3) %}, '(?:[^/.]|\.[^/.])[^/]*/\.\./', '', 'g'){% endfor %}
    {%- endset -%}
    regexp_replace(
        regexp_replace(
            if(
                {{ checkout }} is not null and starts_with({{ joined }}, {{ checkout }} || '/'),
                substr({{ joined }}, len({{ checkout }}) + 2),
                {{ joined }}
            ),
            {{ folded_pattern('repository_root') }}, ''
        ),
        '^\./', ''
    )
{%- endmacro %}

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

{% macro normalised_path(path, working_directory) -%}
    {#-
        A path as repositories name it (signals.md C8): joined to the working directory when relative to one below
        the checkout, without the checkout's prefix, `./`, `x/../` and doubled slashes. Case is kept.
    -#}
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    case
                        when starts_with({{ path }}, '/') or {{ working_directory }} is null then {{ path }}
                        else {{ working_directory }} || '/' || {{ path }}
                    end,
                    '/(\./)+|//+', '/', 'g'
                ),
                '[^/]+/\.\./', '', 'g'
            ),
            {{ folded_pattern('repository_root') }}, ''
        ),
        '^\./', ''
    )
{%- endmacro %}

{% macro normalised_repository_url(url) -%}
    {#-
        A remote as `host/path`: scheme, user, port, query and `.git` dropped, so that `git@host:a/b.git` and
        `ssh://token@host:22/a/b` are one name; null for an empty one. A local path stays a path.
    -#}
    {%- set address -%}
        regexp_replace(
            regexp_replace(trim({{ url }}), '[?#].*$', ''), '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/]*@)?([^/:]*)(?::[0-9]*)?',
            '\1'
        )
    {%- endset -%}
    {#- `host:path` is what ssh knows, where there is no scheme -#}
    {%- set path -%}
        regexp_replace(
            regexp_replace(
                regexp_replace(regexp_replace({{ address }}, '^[^/]*@', ''), '^([^/:]{2,}):/?', '\1/'), '/+$', ''
            ),
            '\.git$', ''
        )
    {%- endset -%}
    nullif(lower(regexp_extract({{ path }}, '^[^/]*')) || rtrim(regexp_extract({{ path }}, '/.*$'), '/'), '')
{%- endmacro %}

{% macro without_worktree_folder(directory) -%}
    {#- A folder without the part that a working tree of its own adds to it (seed `worktree_folder`). -#}
    regexp_replace({{ directory }}, {{ folded_pattern('worktree_folder') }}, '')
{%- endmacro %}

{% macro closed_fingerprints(own, selected) -%}
    {#-
        For each model, seed and snapshot: `all`, the fingerprints of itself and of everything upstream, and
        `is_selected`, whether itself and everything upstream is built by this invocation. A node that is not selected
        counts as it was last built, not as its file reads now.
    -#}
    {%- set built = stored_fingerprints('built_node') -%}
    {%- set closed = {} -%}
    {%- set waiting = namespace(nodes=own.keys() | list) -%}
    {%- for _ in own if waiting.nodes -%}
        {%- set later = [] -%}
        {%- for node_id in waiting.nodes -%}
            {%- set node = graph.nodes[node_id] -%}
            {%- set parents = node.depends_on.nodes | select('in', own) | list -%}
            {%- if parents | reject('in', closed) | first is defined -%}
                {%- do later.append(node_id) -%}
            {%- else -%}
                {%- set entry = {'all': {}, 'is_selected': node_id in selected} -%}
                {%- for parent in parents -%}
                    {%- do entry.all.update(closed[parent].all) -%}
                    {%- do entry.update({'is_selected': entry.is_selected and closed[parent].is_selected}) -%}
                {%- endfor -%}
                {%- set unknown = {node.resource_type ~ ' ' ~ node.name: 'unknown'} -%}
                {%- do entry.all.update(own[node_id] if node_id in selected else built.get(node.name, unknown)) -%}
                {%- do closed.update({node_id: entry}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set waiting.nodes = later -%}
    {%- endfor -%}
    {{ return(closed) }}
{%- endmacro %}

{% macro own_fingerprints() -%}
    {#- For each model, seed and snapshot: what it is computed with besides inputs, as {kind and name: fingerprint}. -#}
    {%- set macro_files = {} -%}
    {%- for row in run_query("select name, fingerprint, variables from project_file.macro").rows -%}
        {%- do macro_files.update({row[0]: {'fingerprint': row[1], 'variables': fromjson(row[2])}}) -%}
    {%- endfor -%}
    {%- set module_files = {} -%}
    {%- for row in run_query("select name, fingerprint from project_file.module").rows -%}
        {%- do module_files.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set own = {} -%}
    {%- for node_id, node in graph.nodes.items() if node.resource_type in ('model', 'seed', 'snapshot') -%}
        {%- set entries = {node.resource_type ~ ' ' ~ node.name: node.checksum.checksum[:16]} -%}
        {%- set code = node.raw_code or '' -%}
        {%- set variables = modules.re.findall('\\bvar\\(\\s*[\'"](\\w+)', code) -%}
        {%- for macro_id in node.depends_on.macros -%}
            {%- set name = macro_id.split('.') | last -%}
            {%- if macro_id.startswith('macro.' ~ project_name ~ '.') and name in macro_files -%}
                {%- do entries.update({'macro ' ~ name: macro_files[name].fingerprint}) -%}
                {%- do variables.extend(macro_files[name].variables) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name in variables -%}
            {%- do entries.update({'var ' ~ name: var(name, none) | string}) -%}
        {%- endfor -%}
        {%- if node.language == 'python' -%}
            {%- set imported = modules.re.findall('(?m)^\\s*(?:from|import)\\s+([\\w.]+)', code) -%}
            {%- for name in imported if name in module_files -%}
                {%- do entries.update({'module ' ~ name: module_files[name]}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do own.update({node_id: entries}) -%}
    {%- endfor -%}
    {{ return(own) }}
{%- endmacro %}

{% macro stored_fingerprints(table) -%}
    {#- `state.built_node` or `state.model_fingerprint` as {node: {kind and name: fingerprint}}. -#}
    {%- set stored = {} -%}
    {%- for row in run_query("from state." ~ table).rows -%}
        {%- do stored.update({row[0]: fromjson(row[1])}) -%}
    {%- endfor -%}
    {{ return(stored) }}
{%- endmacro %}

{% macro changed_names(before, after) -%}
    {#- What differs between two {kind and name: fingerprint}. -#}
    {%- set names = [] -%}
    {%- for name, fingerprint in after.items() if before.get(name) != fingerprint -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- do names.extend(before | reject('in', after) | list) -%}
    {{ return(names) }}
{%- endmacro %}

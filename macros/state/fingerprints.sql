{% macro closed_fingerprints(own, built, selected) -%}
    {#-
        For each model, seed and snapshot: `all`, the fingerprints of itself and of everything upstream, and
        `is_selected`, whether itself and everything upstream is built by this invocation. A node that is not selected
        counts as it was last built, not as its file reads now.
    -#}
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
                {%- do entry.all.update(own[node_id] if node_id in selected else (built.get(node.name) or {}).get('own') or unknown) -%}
                {%- do closed.update({node_id: entry}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set waiting.nodes = later -%}
    {%- endfor -%}
    {{ return(closed) }}
{%- endmacro %}

{% macro own_fingerprints() -%}
    {#- For each model, seed, snapshot and data test: what it is computed with besides inputs, as {kind and name: fingerprint}. -#}
    {%- set macro_files = {} -%}
    {%- for row in run_query("select name, fingerprint, variables from project_file.macro").rows -%}
        {%- do macro_files.update({row[0]: {'fingerprint': row[1], 'variables': fromjson(row[2])}}) -%}
    {%- endfor -%}
    {%- set module_files = {} -%}
    {%- for row in run_query("select name, fingerprint from project_file.module").rows -%}
        {%- do module_files.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set own = {} -%}
    {%- for node_id, node in graph.nodes.items() if node.resource_type in ('model', 'seed', 'snapshot', 'test') -%}
        {%- set code = (node.raw_code or '') ~ tojson(node.get('test_metadata')) -%}
        {%- set entries = {node.resource_type ~ ' ' ~ node.name: node.checksum.checksum[:16]} -%}
        {%- if node.resource_type == 'test' -%}
            {%- do entries.update({'test ' ~ node.name: local_md5(code ~ tojson(node.config))}) -%}
        {%- elif node.config.get('contract', {}).get('enforced') -%}
            {%- do entries.update({'contract ' ~ node.name: node.contract.checksum[:16]}) -%}
        {%- endif -%}
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

{% macro built_nodes() -%}
    {#- What `state.built_node` holds, by name: own and all as {kind and name: fingerprint}, documentation, inputs, version. -#}
    {%- set built = {} -%}
    {%- for row in run_query("select node, own, fingerprints, documentation, inputs, version from state.built_node").rows -%}
        {%- do built.update({row[0]: {
            'own': fromjson(row[1]),
            'all': fromjson(row[2]) if row[2] else none,
            'documentation': row[3],
            'inputs': row[4],
            'version': row[5],
        }}) -%}
    {%- endfor -%}
    {{ return(built) }}
{%- endmacro %}

{% macro documentation_fingerprint(node) -%}
    {#- What stands as comments on a model's table. -#}
    {%- set columns = [] -%}
    {%- for name, column in node.columns.items() -%}
        {%- do columns.append([name, column.description]) -%}
    {%- endfor -%}
    {{ return(local_md5(tojson([node.config.get('persist_docs'), node.description, columns]))) }}
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

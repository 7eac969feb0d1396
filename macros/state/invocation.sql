{% macro begin_invocation() -%}
    {#-
        on-run-start. Records what this invocation is and plans its models: which are recomputed whole and why,
        and says so before the first of them starts.
    -#}
    {%- if is_run() -%}
        {%- do require_roots() -%}
        {%- do prepare_state() -%}
        {%- set retried = retried_run() if is_retry() else none -%}
        {%- set selected = set(retried.node_ids if retried else selected_resources) -%}
        {%- set reason = retried.reason if retried else incomplete_reason() -%}
        {{ invocation_sql(reason, retried) }}
        {%- if not (retried and retried.build_invocation_id) %}
            {{ planned_tests_sql(selected) }}
        {%- endif %}
        {%- do plan_nodes(selected, reason is none) -%}
        {{ planned_nodes_sql() }}
    {%- endif -%}
{%- endmacro %}

{% macro end_invocation(results) -%}
    {#- on-run-end. Keeps how data tests ended; says whether the build is published. -#}
    {%- if is_run() -%}
        {{ test_outcomes_sql(results) }}
        {{ proved_tests_sql(results) }}
        {%- for result in results if result.node.name == 'published_mart' and result.status == 'success' -%}
            {%- do log_publication() -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro is_run() -%}
    {#- Whether hooks are run. `dbt compile`, `docs` and linters render them too, and are to leave nothing behind. -#}
    {{ return(execute and flags.WHICH in run_commands()) }}
{%- endmacro %}

{% macro run_commands() -%}
    {#- The commands that run hooks. -#}
    {{ return(['build', 'run', 'seed', 'snapshot', 'test']) }}
{%- endmacro %}

{% macro log_publication() -%}
    {%- set row = run_query("select is_published, path, reason from publish.published_mart").rows[0] -%}
    {%- do log('Published ' ~ row[1] if row[0] else 'Nothing is published: ' ~ row[2], info=true) -%}
{%- endmacro %}

{% macro require_roots() -%}
    {#- Stops a run that would land from a root that does not exist, in one sentence. -#}
    {%- set lands = selected_resources | select('equalto', 'model.' ~ project_name ~ '.landed_file') | list -%}
    {%- set problem = run_query('select problem from project_file.root').columns[0].values()[0] -%}
    {%- if lands and problem and not flags.EMPTY -%}
        {%- do exceptions.raise_compiler_error(problem) -%}
    {%- endif -%}
{%- endmacro %}

{% macro prepare_state() -%}
    {#-
        The tables of `state` as this version of the project shapes them. Those of another version are dropped: then
        every incremental model is computed whole, once.
    -#}
    {%- set shape = local_md5(state_tables()) -%}
    {%- set shapes = run_query(
        "select comment from duckdb_tables() where schema_name = 'state' and table_name = 'invocation'"
    ).columns[0].values() -%}
    {%- if shapes | length > 0 and shapes[0] != shape -%}
        {%- do run_query('drop schema state cascade') -%}
    {%- endif -%}
    {%- do run_query(state_tables() ~ " comment on table state.invocation is '" ~ shape ~ "';") -%}
{%- endmacro %}

{% macro state_tables() -%}
    create schema if not exists state;

    create table if not exists state.invocation (
        invocation_id varchar,
        build_invocation_id varchar,
        command varchar,
        started_at timestamp,
        commit_id varchar,
        is_whole_build boolean,
        reason varchar,
        is_empty boolean
    );

    create table if not exists state.test_outcome (
        test_id varchar,
        test varchar,
        model varchar,
        is_before_publication boolean,
        status varchar,
        failure_count bigint
    );

    create table if not exists state.planned_node (
        node varchar,
        schema_name varchar,
        is_published boolean,
        unit_relation varchar,
        unit_key varchar
    );

    create table if not exists state.built_node (
        node varchar,
        own varchar,
        fingerprints varchar,
        documentation varchar,
        inputs varchar,
        version varchar
    );

    create table if not exists state.proved_test (
        test_id varchar, inputs varchar, failures bigint, should_warn boolean, should_error boolean
    );

    create table if not exists state.build_state (model varchar, unit_key varchar, input_fingerprint varchar);
{%- endmacro %}

{% macro invocation_sql(reason, retried) -%}
    insert into state.invocation
    select
        '{{ invocation_id }}',
        '{{ (retried and retried.build_invocation_id) or invocation_id }}',
        {{ literal(flags.WHICH) }},
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}',
        (select commit_id from project_file.revision),
        {{ reason is none }},
        {{ literal(reason) }},
        {{ flags.EMPTY or false }};
{%- endmacro %}

{% macro incomplete_reason() -%}
    {#- Why what this invocation builds proves nothing of the whole, or none where it is a whole build. -#}
    {%- if target.name == 'check' -%}
        {{ return('the target check keeps nothing') }}
    {%- elif flags.WHICH != 'build' -%}
        {{ return('dbt ' ~ flags.WHICH ~ ' is not dbt build') }}
    {%- elif flags.EMPTY -%}
        {{ return('--empty builds no rows') }}
    {%- elif invocation_args_dict.get('sample') -%}
        {{ return('--sample builds some rows only') }}
    {%- endif -%}
    {%- set selected = set(selected_resources) -%}
    {%- set left_out = [] -%}
    {%- for node_id, node in graph.nodes.items() -%}
        {%- if node.resource_type in ('model', 'seed', 'snapshot', 'test') and node_id not in selected -%}
            {%- do left_out.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if left_out -%}
        {{ return(left_out | length ~ ' models and tests are not selected: ' ~ some_names(left_out)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{% macro is_retry() -%}
    {#- dbt shows a retry as the command that it retries: only the command line tells. -#}
    {%- set words = (flags.INVOCATION_COMMAND or '').split() -%}
    {{ return(words | select('in', run_commands() + ['retry']) | first == 'retry') }}
{%- endmacro %}

{% macro retried_run() -%}
    {#- The run that this retry continues: its build, why that proves nothing (or none), and the nodes to run again. -#}
    {%- set found = run_query(
        "select content->>'$.metadata.invocation_id', content->'$.results' from read_text('"
        ~ (flags.TARGET_PATH or 'target') ~ "/run_results.json')"
    ).rows[0] -%}
    {%- set node_ids = [] -%}
    {%- for result in fromjson(found[1]) if result.status not in ('success', 'pass', 'warn', 'no-op') -%}
        {%- do node_ids.append(result.unique_id) -%}
    {%- endfor -%}
    {%- set last = run_query(
        "select invocation_id, build_invocation_id, reason from state.invocation order by started_at desc limit 1"
    ).rows -%}
    {%- set tests = run_query("select test_id from state.test_outcome").columns[0].values() -%}
    {%- set nodes = run_query("select node from state.planned_node").columns[0].values() -%}
    {%- set new = [] -%}
    {%- for node_id, node in graph.nodes.items() -%}
        {%- if (node.resource_type == 'test' and node_id not in tests)
            or (node.resource_type in ('model', 'seed', 'snapshot') and node.name not in nodes) -%}
            {%- do new.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set retried = namespace(node_ids=node_ids, build_invocation_id=none, reason=none) -%}
    {%- if not last or last[0][0] != found[0] or '--state' in flags.INVOCATION_COMMAND -%}
        {%- set retried.reason = 'the run that is retried is not the last one of this warehouse' -%}
    {%- else -%}
        {%- set retried.build_invocation_id = last[0][1] -%}
        {%- set retried.reason = last[0][2] -%}
        {%- if retried.reason is none and new -%}
            {%- set retried.reason = 'the run that is retried knew nothing of ' ~ some_names(new) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(retried) }}
{%- endmacro %}

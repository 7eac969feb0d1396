{% macro current_build() -%}
    {#-
        The build that runs, one row. A model that selects it refers to every other mart, so that their tests have run.
        test_count counts the tests that publication waits for; those of the model itself cannot have warned yet.
    -#}
    {%- set manifest = ref('landed_file') -%}
    select
        strftime(invocation.started_at, '%Y%m%dT%H%M%SZ') || format('-{:06d}', coalesce(loads.load_id, 0)) as build_id,
        invocation.started_at,
        loads.load_id,
        invocation.commit_id,
        invocation.is_whole_build,
        invocation.reason as incomplete_reason,
        tests.test_count,
        tests.warned_test_count
    from (select * from state.invocation order by started_at desc limit 1) as invocation
    cross join (select max(load_id) as load_id from {{ manifest }}) as loads
    cross join (
        select
            count(*) as test_count,
            count(*) filter (status = 'warn') as warned_test_count
        from ({{ test_statuses() }}) as statuses
    ) as tests
{%- endmacro %}

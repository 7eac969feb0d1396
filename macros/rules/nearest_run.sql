{% macro nearest_run(side_files, runs) -%}
    {#-
        For side files, which name no run: the one run in the nearest common ancestor folder that holds their instances.

        side_files: relation of (source_file_id, directory, root, task_id); runs: relation of
        (run_id, anchor_directory, task_id). Yields (source_file_id, run_id) for the side files that exactly one run
        claims at its nearest level.
    -#}
    side_instances as (

        select
            source_file_id,
            count(distinct task_id) as instance_count
        from {{ side_files }}
        group by all

    ),

    shared_instances as (

        select
            side_files.source_file_id,
            runs.run_id,
            count(distinct side_files.task_id) as shared_count
        from {{ side_files }} as side_files
        inner join {{ runs }} as runs on side_files.task_id = runs.task_id
        group by all

    ),

    holding_runs as (

        select
            shared_instances.source_file_id,
            shared_instances.run_id
        from shared_instances
        inner join side_instances on shared_instances.source_file_id = side_instances.source_file_id
        where
            shared_instances.shared_count
            >= {{ threshold('run_side_file_overlap') }} * side_instances.instance_count

    ),

    side_ancestors as (

        select distinct
            source_file_id,
            unnest(list_filter(
                {{ parent_directories('directory') }}, lambda ancestor: len(ancestor) >= len(root)
            )) as ancestor
        from (select distinct source_file_id, directory, root from {{ side_files }}) as places

    ),

    run_ancestors as (

        select distinct
            run_id,
            unnest({{ parent_directories('anchor_directory') }}) as ancestor
        from (select distinct run_id, anchor_directory from {{ runs }}) as places

    ),

    common_ancestors as (

        select
            holding_runs.source_file_id,
            holding_runs.run_id,
            max(len(side_ancestors.ancestor)) as ancestor_depth
        from holding_runs
        inner join side_ancestors on holding_runs.source_file_id = side_ancestors.source_file_id
        inner join run_ancestors
            on
                holding_runs.run_id = run_ancestors.run_id
                and side_ancestors.ancestor = run_ancestors.ancestor
        group by all

    ),

    nearest_runs as (

        select
            source_file_id,
            run_id
        from common_ancestors
        qualify ancestor_depth = max(ancestor_depth) over (partition by source_file_id)

    ),

    claimed as (

        select
            source_file_id,
            min(run_id) as run_id
        from nearest_runs
        group by all
        having count(*) = 1

    )
{%- endmacro %}

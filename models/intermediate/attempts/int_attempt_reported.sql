with

tool_families as (

    select
        tool_name,
        min(tool_family) as tool_family
    from {{ ref('tool_family') }}
    where sub_command is null
    group by all

),

evidence as (

    select * from {{ ref('int_attempt_evidence') }}

),

named_calls as (

    select
        attempt_id,
        source_file_id,
        place,
        unnest(map_keys(tool_call_counts)) as tool_name,
        unnest(map_values(tool_call_counts)) as call_count
    from evidence
    where tool_call_counts is not null

),

edit_counts as (

    select
        named_calls.attempt_id,
        named_calls.source_file_id,
        named_calls.place,
        cast(
            coalesce(sum(named_calls.call_count) filter (where tool_families.tool_family = 'edit'), 0) as bigint
        ) as edit_calls
    from named_calls
    left join tool_families on named_calls.tool_name = tool_families.tool_name
    group by all

),

counted as (

    select
        evidence.* exclude (edit_calls),
        coalesce(evidence.edit_calls, edit_counts.edit_calls) as edit_calls
    from evidence
    left join edit_counts
        on
            evidence.attempt_id = edit_counts.attempt_id
            and evidence.source_file_id = edit_counts.source_file_id
            and evidence.place = edit_counts.place

),

merged as (

    select
        attempt_id,
        max(turn_count) filter (where evidence = 'harness_stdout') as stdout_turn_count,
        max(tool_call_count) filter (where evidence = 'harness_stdout') as stdout_tool_call_count,
        max(edit_calls) filter (where evidence = 'harness_stdout') as stdout_edit_calls,
        arg_min(turn_count, precedence) filter (where evidence = 'results_row') as row_turn_count,
        arg_min(tool_call_count, precedence) filter (where evidence = 'results_row') as row_tool_call_count,
        arg_min(edit_calls, precedence) filter (where evidence = 'results_row') as row_edit_calls,
        arg_min(input_tokens, precedence) as input_tokens,
        arg_min(cache_read_tokens, precedence) as cache_read_tokens,
        arg_min(cache_write_tokens, precedence) as cache_write_tokens,
        arg_min(output_tokens, precedence) as output_tokens,
        arg_min(cost_usd, precedence) as cost_usd,
        arg_min(wall_time_s, precedence) as wall_time_s,
        arg_min(agent_type, precedence) as agent_type,
        arg_min(model_id, precedence) as model_id,
        arg_min(exit_status, precedence) as exit_status,
        arg_min(started_at, precedence) as started_at,
        arg_min(finished_at, precedence) as finished_at,
        arg_min(attempt1_mode, precedence) as attempt1_mode,
        arg_min(trial_recovery_mode, precedence) as trial_recovery_mode,
        arg_min(final_failure_mode, precedence) as final_failure_mode,
        arg_min(attempt1_tool_cap, precedence) as attempt1_tool_cap,
        arg_min(retry_tool_cap, precedence) as retry_tool_cap,
        bool_or(evidence = 'harness_stdout') as has_harness_summary
    from counted
    group by all

)

select * replace (coalesce(wall_time_s, {{ elapsed_s('started_at', 'finished_at') }}) as wall_time_s)
from merged

-- load by load: the tokens of every landed LLM call of a counted stream are in the attempts, once
with

counted_streams as (

    select
        streams.stream_id,
        files.content_load_id
    from {{ ref('int_stream') }} as streams
    inner join {{ ref('stg_source_file') }} as files on streams.source_file_id = files.source_file_id
    semi join {{ ref('int_attempt_unit') }} as attempts on streams.attempt_id = attempts.attempt_id
    where streams.is_counted

),

landed as (

    select
        counted_streams.content_load_id,
        count(*) as step_count,
        sum(entries.input_tokens) as input_tokens,
        sum(entries.output_tokens) as output_tokens
    from {{ ref('stg_entry') }} as entries
    inner join counted_streams on entries.stream_id = counted_streams.stream_id
    where entries.is_llm_call and not coalesce(entries.is_copied_context, false)
    group by all

),

counted as (

    select
        counted_streams.content_load_id,
        count(*) as step_count,
        sum(steps.input_tokens) as input_tokens,
        sum(steps.output_tokens) as output_tokens
    from {{ ref('int_step') }} as steps
    inner join counted_streams on steps.stream_id = counted_streams.stream_id
    group by all

)

select coalesce(landed.content_load_id, counted.content_load_id) as load_id
from landed
full outer join counted on landed.content_load_id = counted.content_load_id
where
    landed.step_count is distinct from counted.step_count
    or landed.input_tokens is distinct from counted.input_tokens
    or landed.output_tokens is distinct from counted.output_tokens

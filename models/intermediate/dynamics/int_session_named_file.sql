{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select
        span_id,
        arg_min(working_directory, stream_index) as working_directory
    from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}
    group by all

),

user_texts as (

    select
        span_id,
        {{ without_code_fences('text') }} as text
    from {{ ref('int_turn_text') }}
    where role = 'user' and {{ is_touched('span_id') }}

),

mentions as (

    select distinct
        span_id,
        -- `@` before a path is how users attach files
        ltrim(unnest({{ named_paths('text') }}), '@') as mention
    from user_texts

),

named as (

    select distinct
        mentions.span_id,
        {{ normalised_path(
            'mentions.mention', 'streams.working_directory', "rtrim(streams.working_directory, '/')"
        ) }} as named_file
    from mentions
    left join streams on mentions.span_id = streams.span_id

),

paths as (

    select distinct
        span_id,
        path
    from {{ ref('int_file_access') }}
    where is_file and {{ is_touched('span_id') }}

),

-- a name without its folder is the file that the session worked on, where only one is called so
matched as (

    select
        named.span_id,
        named.named_file,
        count(*) as path_count,
        any_value(paths.path) as path
    from named
    inner join paths
        on
            named.span_id = paths.span_id
            and (named.named_file = paths.path or ends_with(paths.path, '/' || named.named_file))
    group by all

)

select distinct
    named.span_id as session_id,
    if(matched.path_count = 1, matched.path, named.named_file) as named_file
from named
left join matched on named.span_id = matched.span_id and named.named_file = matched.named_file
where matched.path_count > 0 or {{ has_cue("regexp_extract(named.named_file, '[^/]*$')", 'named_file') }}

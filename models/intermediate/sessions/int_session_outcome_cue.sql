{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select * from {{ ref('int_session') }}
    where {{ is_touched('session_id') }}

),

-- a turn that the user took back closes nothing
user_turns as (

    select
        *,
        row_number() over (partition by span_id order by turn_index desc) as turns_from_last,
        -- short turns count where they reject: "undo everything" is two words
        if(
            is_substantive or is_rejection,
            row_number() over (
                partition by span_id, coalesce(is_substantive or is_rejection, false) order by turn_index desc
            ),
            null
        ) as substantive_turns_from_last
    from {{ ref('int_turn') }}
    where role = 'user' and on_active_path is not false and {{ is_touched('span_id') }}

),

closing as (

    select
        span_id,
        count(*) as user_turn_count,
        bool_or(
            is_rejection and substantive_turns_from_last <= {{ threshold('rejection_user_turns') }}
        ) as has_rejection,
        bool_or(
            is_acceptance and not is_correction and not is_implicit_correction and turns_from_last = 1
        ) as has_acceptance,
        bool_or(is_acceptance is not null and turns_from_last = 1) as is_close_readable
    from user_turns
    group by all

),

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

last_lines as (

    select
        streams.span_id,
        streams.source_file_id,
        max(try_cast(regexp_extract(entries.place, '^line ([0-9]+)$', 1) as bigint)) as last_line
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    group by all

),

-- a file that ends in a line that cannot be read is not known to its end
truncated as (

    select
        last_lines.span_id,
        bool_or(bad_records.line_number > last_lines.last_line) as is_truncated
    from last_lines
    inner join {{ ref('stg_bad_record') }} as bad_records
        on last_lines.source_file_id = bad_records.source_file_id
    group by all

)

select
    sessions.session_id,
    coalesce(closing.user_turn_count, 0) as user_turn_count,
    coalesce(closing.has_rejection, false) as has_rejection,
    coalesce(closing.has_acceptance, false) as has_acceptance,
    coalesce(closing.is_close_readable, false) as is_close_readable,
    coalesce(truncated.is_truncated, false) as is_truncated
from sessions
left join closing on sessions.session_id = closing.span_id
left join truncated on sessions.session_id = truncated.span_id

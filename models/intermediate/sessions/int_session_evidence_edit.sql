{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

calls as (

    select
        calls.*,
        entries.turn_index
    from {{ ref('int_tool_call') }} as calls
    inner join {{ ref('int_span_entry') }} as entries
        on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
    where entries.context = 'product' and {{ is_touched('calls.span_id') }}

),

by_tool as (

    select
        calls.span_id as session_id,
        calls.call_number,
        edits.edit_index,
        calls.turn_index,
        {{ normalised_path('edits.path', 'calls.working_directory', 'calls.checkout_directory') }} as path,
        edits.operation = 'create' or calls.is_creating and edits.old_hash is null as is_creation,
        edits.old_hash,
        edits.new_hash
    from {{ ref('stg_file_edit') }} as edits
    inner join streams on {{ same_stream('edits', 'streams') }}
    inner join calls
        on
            edits.stream_id = calls.stream_id
            and edits.entry_index = calls.entry_index
            and edits.call_index = calls.call_index

),

-- what a shell changed is known by its path alone; taking a change back is no change
by_shell as (

    select
        accesses.span_id as session_id,
        accesses.call_number,
        accesses.access_index as edit_index,
        calls.turn_index,
        accesses.path,
        accesses.access = 'create' as is_creation
    from {{ ref('int_file_access') }} as accesses
    inner join calls on accesses.span_id = calls.span_id and accesses.call_number = calls.call_number
    anti join by_tool
        on accesses.span_id = by_tool.session_id and accesses.call_number = by_tool.call_number
    anti join {{ ref('int_session_evidence_undo') }} as commands
        on
            accesses.span_id = commands.session_id
            and accesses.call_number = commands.call_number
            and commands.effect <> 'keep'
    where accesses.is_edit and accesses.is_successful and accesses.path is not null

),

edits as (

    select * from by_tool
    where old_hash is distinct from new_hash or old_hash is null
    union all by name
    select * from by_shell

),

-- an edit is first done where no earlier one of the same file replaced the same text by the same text
directed as (

    select
        session_id,
        path,
        old_hash,
        new_hash,
        min((call_number, edit_index)) as first_at
    from edits
    where old_hash is not null or new_hash is not null
    group by all

),

-- one that brings back a replaced text takes back what replaced it, or the edits from there to here
reversals as (

    select
        later.session_id,
        later.path,
        later.old_hash,
        later.new_hash,
        bool_or(
            later.new_hash is not distinct from earlier.old_hash
            and later.old_hash is not distinct from earlier.new_hash
        ) as is_reverse,
        bool_or(later.new_hash = earlier.old_hash and later.new_hash <> sha256('')) as has_returned,
        bool_or(later.old_hash = earlier.new_hash and later.old_hash <> sha256('')) as is_continued
    from directed as later
    inner join directed as earlier
        on later.session_id = earlier.session_id and later.path = earlier.path and later.first_at > earlier.first_at
    group by all

)

select
    edits.*,
    case
        when reversals.is_reverse then 'reverse'
        when reversals.has_returned and reversals.is_continued then 'return'
    end as undoing
from edits
left join reversals
    on
        edits.session_id = reversals.session_id
        and edits.path = reversals.path
        and edits.old_hash is not distinct from reversals.old_hash
        and edits.new_hash is not distinct from reversals.new_hash

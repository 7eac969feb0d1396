{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

edits as (

    select * from {{ ref('int_session_evidence_edit') }}
    where {{ is_touched('session_id') }}

),

commands as (

    select
        *,
        max(call_number) filter (where effect = 'keep') over (
            partition by session_id order by call_number range between unbounded preceding and 1 preceding
        ) as kept_call
    from {{ ref('int_session_evidence_undo') }}
    where {{ is_touched('session_id') }}

),

-- what the agent changed: a text of a file by another one; a shell's change is known by its file alone
changes as (

    select
        session_id,
        path,
        old_hash,
        new_hash,
        bool_or(is_creation) as is_creation,
        min(call_number) as first_call,
        max({'call_number': call_number, 'turn_index': turn_index}) as last_done
    from edits
    where undoing is null
    group by all

),

undone_by_edit as (

    select
        changes.session_id,
        changes.path,
        changes.old_hash,
        changes.new_hash,
        'undo' as effect,
        edits.call_number,
        edits.turn_index
    from changes
    inner join edits
        on
            changes.session_id = edits.session_id
            and changes.path = edits.path
            and changes.first_call <= edits.call_number
            and (
                (
                    edits.undoing = 'reverse'
                    and changes.old_hash is not distinct from edits.new_hash
                    and changes.new_hash is not distinct from edits.old_hash
                )
                or (
                    edits.undoing = 'return'
                    and (changes.old_hash = edits.new_hash or changes.new_hash = edits.old_hash)
                )
            )

),

undone_by_command as (

    select
        changes.session_id,
        changes.path,
        changes.old_hash,
        changes.new_hash,
        commands.effect,
        commands.call_number,
        commands.turn_index
    from changes
    inner join commands
        on
            changes.session_id = commands.session_id
            and changes.first_call < commands.call_number
            and (
                commands.path is null
                or changes.path = commands.path
                or starts_with(changes.path, commands.path || '/')
            )
            and case
                when commands.scope = 'created' then changes.is_creation
                -- what has been committed is not taken back
                when commands.effect = 'undo'
                    then changes.last_done['call_number'] > coalesce(commands.kept_call, -1)
                else true
            end
    where commands.effect <> 'keep'

)

select * from undone_by_edit
union all
select * from undone_by_command
union all
select
    session_id,
    path,
    old_hash,
    new_hash,
    'do' as effect,
    last_done['call_number'] as call_number,
    last_done['turn_index'] as turn_index
from changes

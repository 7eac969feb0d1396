{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

edited as (

    select * from {{ ref('int_session_scope_file') }}
    where is_edit and (has_named_tests or not is_test) and turn_index is not null and {{ is_touched('session_id') }}

),

first_edits as (

    select
        session_id,
        path,
        min(turn_index) as turn_index
    from edited
    group by all

),

new_files as (

    select
        session_id,
        turn_index,
        count(*) as new_file_count
    from first_edits
    group by all

),

turns as (

    select
        session_id,
        turn_index,
        any_value(named_file_count) as named_file_count,
        bool_or(not is_named) as has_edit_outside
    from edited
    group by all

),

widened as (

    select
        turns.session_id,
        turns.turn_index,
        turns.has_edit_outside,
        {{ ratio(
            'sum(coalesce(new_files.new_file_count, 0)) over '
            ~ '(partition by turns.session_id order by turns.turn_index)',
            'turns.named_file_count'
        ) }} as scope_drift_so_far
    from turns
    left join new_files on turns.session_id = new_files.session_id and turns.turn_index = new_files.turn_index

)

select
    session_id,
    min(turn_index) as conflation_turn_proxy
from widened
where has_edit_outside and scope_drift_so_far > {{ threshold('scope_bleed_drift') }}
group by all

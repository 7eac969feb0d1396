{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

commands as (

    select * from {{ ref('int_shell_command') }}
    where command_name = 'git commit' and {{ is_touched('span_id') }}

),

calls as (

    select * from {{ ref('int_call_sequence') }}
    where {{ is_touched('span_id') }}

),

changes as (

    select
        span_id,
        min(call_number) as first_change
    from calls
    where is_mutation
    group by all

)

-- the agent itself committed after it had changed a file
select distinct calls.span_id as session_id
from calls
inner join commands on calls.span_id = commands.span_id and calls.call_number = commands.call_number
inner join changes on calls.span_id = changes.span_id and calls.call_number > changes.first_change
inner join {{ ref('int_session_unit') }} as sessions on calls.span_id = sessions.session_id
where calls.is_successful

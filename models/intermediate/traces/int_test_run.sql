{{ incremental_by_unit('int_span_unit', 'span_id', in_batches=true) }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

test_calls as (

    select
        span_id,
        call_number,
        stream_id,
        entry_index,
        call_index
    from {{ ref('int_tool_call') }}
    where tool_family = 'test' and has_result and {{ is_touched('span_id') }}

),

-- colours stand between a line's start and its words
outputs as (

    select
        test_calls.span_id,
        test_calls.call_number,
        regexp_replace(landed_calls.result_text, '\x1b\[[0-9;]*[A-Za-z]', '', 'g') as output
    from {{ ref('stg_tool_call') }} as landed_calls
    inner join streams on {{ same_stream('landed_calls', 'streams') }}
    inner join test_calls
        on
            landed_calls.stream_id = test_calls.stream_id
            and landed_calls.entry_index = test_calls.entry_index
            and landed_calls.call_index = test_calls.call_index

)

select
    span_id,
    call_number,
    case
        when regexp_matches(output, {{ folded_pattern('test_verdict', "verdict = 'failed'") }}) then false
        when regexp_matches(output, {{ folded_pattern('test_verdict', "verdict = 'passed'") }}) then true
    end as is_passed
from outputs

{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

words as (

    select * from {{ ref('int_shell_word') }}
    where {{ is_touched('span_id') }}

),

segments as (

    select
        span_id,
        call_number,
        segment_index,
        min(token_index) filter (where kind = 'command') as command_index,
        min(token_index) filter (where kind = 'option') as option_index,
        max(word) filter (where kind = 'command') as command_word,
        max(word) filter (where operand_number = 1) as first_operand
    from words
    group by all

),

named as (

    select
        *,
        if(command_word = 'git', concat_ws(' ', 'git', first_operand), command_word) as command_name,
        last_value(if(command_word = 'cd', first_operand, null) ignore nulls) over (
            partition by span_id, call_number
            order by segment_index
            rows between unbounded preceding and 1 preceding
        ) as changed_directory
    from segments

),

applicable_rules as (

    select
        named.span_id,
        named.call_number,
        named.segment_index,
        rules.*
    from named
    inner join {{ ref('shell_command') }} as rules on named.command_name = rules.command_name

),

holding_rules as (

    select
        *,
        null as token_index
    from applicable_rules
    where option_pattern is null
    union all
    select
        applicable_rules.*,
        words.token_index
    from applicable_rules
    inner join words
        on
            applicable_rules.span_id = words.span_id
            and applicable_rules.call_number = words.call_number
            and applicable_rules.segment_index = words.segment_index
            and words.kind = 'option'
            and regexp_matches(words.word, applicable_rules.option_pattern)

),

-- a rule with an option holds where the segment has that option, and then before the command's plain rule
ruled as (

    select * from holding_rules
    qualify row_number() over (
            partition by span_id, call_number, segment_index order by option_pattern nulls last, token_index
        ) = 1

)

select
    named.span_id,
    named.call_number,
    named.segment_index,
    named.command_name,
    named.command_index,
    named.option_index,
    named.changed_directory,
    ruled.access,
    ruled.leading_operands,
    ruled.has_paths_first
from named
left join ruled
    on
        named.span_id = ruled.span_id
        and named.call_number = ruled.call_number
        and named.segment_index = ruled.segment_index

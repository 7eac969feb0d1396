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

-- a rule with an option holds where the segment has that option, and then before the command's plain rule
ruled as (

    select
        named.span_id,
        named.call_number,
        named.segment_index,
        rules.access,
        rules.has_paths_first,
        rules.leading_operands
    from named
    inner join {{ ref('shell_command') }} as rules on named.command_name = rules.command_name
    left join words
        on
            named.span_id = words.span_id
            and named.call_number = words.call_number
            and named.segment_index = words.segment_index
            and words.kind = 'option'
            and regexp_matches(words.word, rules.option_pattern)
    where rules.option_pattern is null or words.word is not null
    qualify row_number() over (
            partition by named.span_id, named.call_number, named.segment_index
            order by rules.option_pattern nulls last, words.token_index
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

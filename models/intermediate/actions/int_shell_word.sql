{{ incremental_by_unit('int_span_unit', 'span_id', in_batches=true) }}

with

calls as (

    select
        span_id,
        call_number,
        regexp_extract_all(
            shell_command,
            '"(?:[^"\\]|\\.)*"|''[^'']*''|[0-9&]?>>?(?:&[0-9-])?|&&|\|\||[;|&\n()]|<HEREDOC|<'
            || '|(?:[^\s;&|<>"''()]|\\.|"(?:[^"\\]|\\.)*"|''[^'']*'')+'
        ) as tokens
    from {{ ref('int_tool_call') }}
    where is_shell and shell_command is not null and {{ is_touched('span_id') }}

),

tokens as (

    select
        span_id,
        call_number,
        unnest(tokens) as token,
        generate_subscripts(tokens, 1) as token_index
    from calls

),

-- a segment is one simple command: what stands between `&&`, `||`, `;`, `|`, `&`, brackets and line ends
segmented as (

    select
        *,
        token in ('&&', '||', ';', '|', '&', chr(10), '(', ')') as is_separator,
        sum(if(token in ('&&', '||', ';', '|', '&', chr(10), '(', ')'), 1, 0)) over (
            partition by span_id, call_number order by token_index
        ) as segment_index,
        lag(token) over (partition by span_id, call_number order by token_index) as previous_token
    from tokens

),

words as (

    select
        span_id,
        call_number,
        segment_index,
        token_index,
        trim(token, '"''') as word,
        case
            when regexp_matches(token, '^[0-9&]?>>?(&[0-9-])?$') or token = '<' then 'redirection'
            when regexp_matches(previous_token, '^[0-9&]?>>?$') then 'output'
            when previous_token = '<' then 'input'
            when starts_with(token, '<HEREDOC') or (starts_with(token, '-') and token <> '-') then 'option'
            when regexp_matches(token, '^[0-9]+[a-zA-Z]?$') then 'number'
            when regexp_matches(token, {{ folded_pattern('shell_prefix') }}) then 'prefix'
            else 'plain'
        end as kind
    from segmented
    where not is_separator

),

commands as (

    select
        span_id,
        call_number,
        segment_index,
        min(token_index) as command_index
    from words
    where kind = 'plain'
    group by all

),

placed as (

    select
        words.*,
        words.token_index = commands.command_index as is_command,
        words.kind = 'plain' or (words.kind = 'prefix' and words.token_index > commands.command_index) as is_plain
    from words
    left join commands
        on
            words.span_id = commands.span_id
            and words.call_number = commands.call_number
            and words.segment_index = commands.segment_index

)

select
    span_id,
    call_number,
    segment_index,
    token_index,
    case
        when is_command then regexp_extract(word, '([^/]+)$', 1)
        else word
    end as word,
    case
        when is_command then 'command'
        when is_plain then 'operand'
        else kind
    end as kind,
    if(
        is_plain,
        count(*) filter (where is_plain) over (
            partition by span_id, call_number, segment_index order by token_index
        ) - 1,
        null
    ) as operand_number
from placed

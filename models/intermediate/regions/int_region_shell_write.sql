{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

accesses as (

    select * from {{ ref('int_file_access') }}
    where
        is_shell
        and is_edit
        and is_successful
        -- no folder
        and not regexp_matches(path, '(^|/)\.?$')
        and {{ is_touched('span_id') }}

),

words as (

    select * from {{ ref('int_shell_word') }}
    where {{ is_touched('span_id') }}

),

commands as (

    select * from {{ ref('int_shell_command') }}
    where {{ is_touched('span_id') }}

),

calls as (

    select
        span_id,
        call_number,
        command,
        regexp_extract_all(command, '<<-?\s*[''"\\]?[A-Za-z_]\w*[''"]?') as heredocs,
        regexp_extract(command, '<<-?\s*[''"\\]?([A-Za-z_]\w*)', 1) as delimiter
    from {{ ref('int_numbered_call') }}
    where command is not null and {{ is_touched('span_id') }}

),

segments as (

    select
        span_id,
        call_number,
        segment_index,
        -- BSD sed takes the suffix of a backup, mostly the empty one, as an operand
        arg_min(word, operand_number) filter (where operand_number > 0 and word <> '') as script,
        count(*) filter (where operand_number > 0 and word <> '') as operand_count,
        coalesce(bool_and(regexp_matches(word, '^(-i|-i\.\w+|-E|-r|--in-place|--regexp-extended)$')) filter (
            where kind = 'option'
        ), true) as has_plain_options,
        coalesce(bool_or(word in ('-a', '--append')) filter (where kind = 'option'), false) as is_appending,
        coalesce(bool_or(starts_with(word, '<HEREDOC')) filter (where kind = 'option'), false) as has_heredoc
    from words
    group by all

),

-- a file behind `>` is written by the redirection, whatever the command is
located as (

    select
        accesses.span_id,
        accesses.call_number,
        accesses.access_index,
        accesses.path,
        segments.script,
        segments.has_heredoc,
        if(words.kind = 'output', 'redirection', commands.command_name) as writer,
        if(words.kind = 'output', signs.word like '%>>', segments.is_appending) as is_appending,
        commands.command_name = 'sed' and segments.operand_count = 2 and segments.has_plain_options as is_one_script
    from accesses
    inner join words
        on
            accesses.span_id = words.span_id
            and accesses.call_number = words.call_number
            and accesses.access_index = words.token_index
    inner join segments
        on
            words.span_id = segments.span_id
            and words.call_number = segments.call_number
            and words.segment_index = segments.segment_index
    inner join commands
        on
            words.span_id = commands.span_id
            and words.call_number = commands.call_number
            and words.segment_index = commands.segment_index
    left join words as signs
        on
            words.span_id = signs.span_id
            and words.call_number = signs.call_number
            and words.token_index = signs.token_index + 1

),

-- what a script of one addressed command says: first and last line, command, text; and the one here-document of a call
parsed as (

    select
        located.*,
        if(located.is_one_script, regexp_extract(
            located.script,
            '^([0-9]{1,9})(?:,([0-9]{1,9}))?'
            || '(d|s/[^/]*/[^/]*/\w*|s\|[^|]*\|[^|]*\|\w*|s#[^#]*#[^#]*#\w*|[aic]\\?\s*[^\s\\][^\\\n]*)$',
            ['first', 'last', 'command']
        ), null) as edit,
        if(
            located.has_heredoc and len(calls.heredocs) = 1 and located.writer in ('redirection', 'tee'),
            regexp_extract(
                calls.command || chr(10),
                '(?s)<<[^\n]*\n((?:.*?\n)??)\s*' || calls.delimiter || '\s*\n',
                1
            ),
            null
        ) as written_text
    from located
    left join calls on located.span_id = calls.span_id and located.call_number = calls.call_number

)

select
    span_id,
    call_number,
    access_index,
    path,
    writer,
    is_appending,
    nullif(edit['command'][:1], '') as sed_command,
    try_cast(edit['first'] as bigint) as first_line,
    coalesce(try_cast(edit['last'] as bigint), try_cast(edit['first'] as bigint)) as last_line,
    len(written_text) - len(replace(written_text, chr(10), '')) as written_length,
    sha256(rtrim(written_text, chr(10))) as written_hash
from parsed

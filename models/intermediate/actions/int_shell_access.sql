{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

words as (

    select * from {{ ref('int_shell_word') }}
    where {{ is_touched('span_id') }}

),

working_directories as (

    select
        span_id,
        call_number,
        working_directory,
        checkout_directory
    from {{ ref('int_tool_call') }}
    where is_shell and {{ is_touched('span_id') }}

),

commands as (

    select * from {{ ref('int_shell_command') }}
    where {{ is_touched('span_id') }}

),

by_command as (

    select
        commands.span_id,
        commands.call_number,
        commands.segment_index,
        words.token_index,
        words.word,
        commands.access
    from commands
    inner join words
        on
            commands.span_id = words.span_id
            and commands.call_number = words.call_number
            and commands.segment_index = words.segment_index
            and commands.leading_operands < words.operand_number
            and commands.access <> 'write_unknown'
            and not coalesce(commands.has_paths_first and commands.option_index < words.token_index, false)

),

by_unknown_write as (

    select
        span_id,
        call_number,
        segment_index,
        command_index as token_index,
        null as word,
        access
    from commands
    where access = 'write_unknown'

),

by_redirection as (

    select
        span_id,
        call_number,
        segment_index,
        token_index,
        word,
        'create' as access
    from words
    where kind = 'output' and word not in ('/dev/null', '/dev/stdout', '/dev/stderr')

),

accesses as (

    select * from by_command
    union all
    select * from by_unknown_write
    union all
    select * from by_redirection

),

located as (

    select
        accesses.span_id,
        accesses.call_number,
        accesses.token_index,
        accesses.access,
        if(regexp_matches(accesses.word, '[*?$`{}\[\]<>|;"''=,()\s\\]'), null, accesses.word) as word,
        case
            when commands.changed_directory is null then working_directories.working_directory
            when starts_with(commands.changed_directory, '/') or working_directories.working_directory is null
                then commands.changed_directory
            else working_directories.working_directory || '/' || commands.changed_directory
        end as working_directory,
        working_directories.checkout_directory
    from accesses
    inner join working_directories
        on
            accesses.span_id = working_directories.span_id
            and accesses.call_number = working_directories.call_number
    inner join commands
        on
            accesses.span_id = commands.span_id
            and accesses.call_number = commands.call_number
            and accesses.segment_index = commands.segment_index

)

select
    span_id,
    call_number,
    token_index as access_index,
    access,
    {{ normalised_path('word', 'working_directory', 'checkout_directory') }} as path,
    coalesce(regexp_matches(word, {{ folded_pattern('file_path') }}), false) as is_file
from located

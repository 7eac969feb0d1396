{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

words as (

    select * from {{ ref('int_shell_word') }} where {{ is_touched('attempt_id') }}

),

working_directories as (

    select
        attempt_id,
        call_number,
        working_directory,
        checkout_directory
    from {{ ref('int_tool_call') }}
    where is_shell and {{ is_touched('attempt_id') }}

),

segments as (

    select
        attempt_id,
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
            partition by attempt_id, call_number
            order by segment_index
            rows between unbounded preceding and 1 preceding
        ) as changed_directory
    from segments

),

-- a rule with an option holds where the segment has that option, and then before the command's plain rule
ruled as (

    select
        named.attempt_id,
        named.call_number,
        named.segment_index,
        named.command_index,
        named.option_index,
        rules.access,
        rules.has_paths_first,
        rules.leading_operands
    from named
    inner join {{ ref('shell_command') }} as rules on named.command_name = rules.command_name
    left join words
        on
            named.attempt_id = words.attempt_id
            and named.call_number = words.call_number
            and named.segment_index = words.segment_index
            and words.kind = 'option'
            and regexp_matches(words.word, rules.option_pattern)
    where rules.option_pattern is null or words.word is not null
    qualify row_number() over (
        partition by named.attempt_id, named.call_number, named.segment_index
        order by rules.option_pattern nulls last, words.token_index
    ) = 1

),

by_command as (

    select
        ruled.attempt_id,
        ruled.call_number,
        ruled.segment_index,
        coalesce(words.token_index, ruled.command_index) as token_index,
        words.word,
        ruled.access
    from ruled
    left join words
        on
            ruled.attempt_id = words.attempt_id
            and ruled.call_number = words.call_number
            and ruled.segment_index = words.segment_index
            and words.operand_number > ruled.leading_operands
            and ruled.access <> 'write_unknown'
            and not coalesce(ruled.has_paths_first and words.token_index > ruled.option_index, false)
    where words.word is not null or ruled.access = 'write_unknown'

),

by_redirection as (

    select
        attempt_id,
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
    select * from by_redirection

),

located as (

    select
        accesses.attempt_id,
        accesses.call_number,
        accesses.token_index,
        accesses.access,
        if(regexp_matches(accesses.word, '[*?$`{}\[\]<>|;"''=,()\s\\]'), null, accesses.word) as word,
        case
            when named.changed_directory is null then working_directories.working_directory
            when starts_with(named.changed_directory, '/') or working_directories.working_directory is null
                then named.changed_directory
            else working_directories.working_directory || '/' || named.changed_directory
        end as working_directory,
        working_directories.checkout_directory
    from accesses
    inner join working_directories
        on
            accesses.attempt_id = working_directories.attempt_id
            and accesses.call_number = working_directories.call_number
    inner join named
        on
            accesses.attempt_id = named.attempt_id
            and accesses.call_number = named.call_number
            and accesses.segment_index = named.segment_index

)

select
    attempt_id,
    call_number,
    token_index as access_index,
    access,
    {{ normalised_path('word', 'working_directory', 'checkout_directory') }} as path,
    coalesce(regexp_matches(word, {{ folded_pattern('file_path') }}), false) as is_file
from located

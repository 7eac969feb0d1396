{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

calls as (

    select
        calls.span_id,
        calls.call_number,
        calls.working_directory,
        calls.checkout_directory,
        entries.turn_index
    from {{ ref('int_tool_call') }} as calls
    inner join {{ ref('int_span_entry') }} as entries
        on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
    where
        calls.is_shell
        and calls.is_successful
        and entries.context = 'product'
        and {{ is_touched('calls.span_id') }}

),

words as (

    select * from {{ ref('int_shell_word') }}
    where {{ is_touched('span_id') }}

),

commands as (

    select
        commands.*,
        -- `git restore a` has its arguments after the second word, `rm a` after the first
        if(contains(commands.command_name, ' '), 2, 1) as first_argument_number
    from {{ ref('int_shell_command') }} as commands
    semi join {{ ref('undo_command') }} as rules on commands.command_name = rules.command_name
    where {{ is_touched('commands.span_id') }}

),

described as (

    select
        commands.span_id,
        commands.call_number,
        commands.segment_index,
        commands.command_name,
        commands.changed_directory,
        list(words.word order by words.token_index) filter (where words.kind = 'option') as option_words,
        list(words.word order by words.token_index) filter (
            where words.operand_number >= commands.first_argument_number
        ) as arguments
    from commands
    inner join words
        on
            commands.span_id = words.span_id
            and commands.call_number = words.call_number
            and commands.segment_index = words.segment_index
    group by all

),

ruled as (

    select
        described.*,
        rules.effect,
        rules.scope
    from described
    inner join {{ ref('undo_command') }} as rules
        on
            described.command_name = rules.command_name
            and coalesce(regexp_matches(coalesce(described.arguments[1], ''), rules.argument_pattern), true)
            and (
                rules.option_pattern is null
                or len(list_filter(described.option_words, lambda word: regexp_matches(word, rules.option_pattern))) > 0
            )
            and (
                rules.excluded_option_pattern is null
                or described.option_words is null
                or len(list_filter(
                    described.option_words, lambda word: regexp_matches(word, rules.excluded_option_pattern)
                )) = 0
            )

),

located as (

    select
        ruled.span_id,
        ruled.call_number,
        calls.turn_index,
        ruled.effect,
        ruled.scope,
        unnest(if(ruled.scope = 'all', [null], ruled.arguments)) as argument,
        case
            when ruled.changed_directory is null then calls.working_directory
            when starts_with(ruled.changed_directory, '/') or calls.working_directory is null
                then ruled.changed_directory
            else calls.working_directory || '/' || ruled.changed_directory
        end as working_directory,
        calls.checkout_directory
    from ruled
    inner join calls on ruled.span_id = calls.span_id and ruled.call_number = calls.call_number

)

select distinct
    span_id as session_id,
    call_number,
    turn_index,
    effect,
    scope,
    -- null: everything
    if(
        argument in ('.', './', ':/', '*'),
        null,
        {{ normalised_path("rtrim(argument, '/')", 'working_directory', 'checkout_directory') }}
    ) as path
from located

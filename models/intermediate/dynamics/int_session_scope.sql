{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

named as (

    {{ named_files_of_sessions() }}

),

touched as (

    select
        session_id,
        touched_files
    from {{ ref('int_session_count') }}
    where {{ is_touched('session_id') }}

),

-- tests are left out of what was touched unless the user named tests
scoped as (

    select
        named.*,
        touched.touched_files,
        list_filter(
            touched.touched_files,
            lambda file: named.has_named_tests or not regexp_matches(file, {{ folded_pattern('test_path') }})
        ) as scope_touched
    from named
    left join touched on named.session_id = touched.session_id

),

matched as (

    select
        *,
        len(list_filter(
            scope_touched,
            lambda file: list_bool_or(list_transform(
                named_files, lambda named_file: file = named_file or ends_with(file, '/' || named_file)
            ))
        )) as touched_in_scope,
        len(list_filter(
            named_files,
            lambda named_file: list_bool_or(list_transform(
                touched_files, lambda file: file = named_file or ends_with(file, '/' || named_file)
            ))
        )) as scope_in_touched
    from scoped

),

calls as (

    select
        session_id,
        call_number,
        bool_or(is_edit) as is_mutating,
        bool_and(is_named or is_test) as is_in_scope
    from {{ ref('int_session_scope_file') }}
    where {{ is_touched('session_id') }}
    group by all

),

actions as (

    select
        session_id,
        {{ ratio('count(*) filter (where is_mutating and not is_in_scope)', 'count(*) filter (where is_mutating)') }}
            as gd_actions_score,
        {{ ratio('count(*) filter (where not is_in_scope)', 'count(*)') }} as gd_actions_score_all
    from calls
    group by all

)

select
    matched.session_id,
    'user' as scope_source,
    len(matched.named_files) as scope_file_count,
    if(len(matched.scope_touched) > 0, {{ ratio('len(matched.scope_touched)', 'len(matched.named_files)') }}, null)
        as scope_drift,
    if(len(matched.touched_files) > 0, {{ ratio('len(matched.touched_files)', 'len(matched.named_files)') }}, null)
        as scope_drift_raw,
    {{ ratio('matched.touched_in_scope', 'len(matched.scope_touched)') }} as scope_precision,
    if(matched.touched_files is null, null, {{ ratio('matched.scope_in_touched', 'len(matched.named_files)') }})
        as scope_recall,
    actions.gd_actions_score,
    actions.gd_actions_score_all
from matched
left join actions on matched.session_id = actions.session_id

{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

localization as (

    select
        localization.attempt_id,
        counts.touched_files,
        localization.gold_files,
        list_filter(
            counts.touched_files, lambda file: not regexp_matches(file, {{ folded_pattern('test_path') }})
        ) as touched_sources,
        list_filter(
            localization.gold_files, lambda file: not regexp_matches(file, {{ folded_pattern('test_path') }})
        ) as gold_sources
    from {{ ref('int_attempt_localization') }} as localization
    left join {{ ref('int_attempt_count') }} as counts on localization.attempt_id = counts.attempt_id
    where {{ is_touched('localization.attempt_id') }}

),

-- tests are left out of both sides unless the required set holds tests itself
scoped as (

    select
        *,
        if(len(gold_sources) = len(gold_files), touched_sources, touched_files) as scope_touched
    from localization

),

calls as (

    select
        scoped.attempt_id,
        accesses.call_number,
        bool_or(accesses.is_edit) as is_mutating,
        bool_and(
            list_contains(scoped.gold_files, accesses.path)
            or len(list_filter(scoped.gold_files, lambda gold: ends_with(accesses.path, '/' || gold))) > 0
            or regexp_matches(accesses.path, {{ folded_pattern('test_path') }})
        ) as is_in_scope
    from {{ ref('int_file_access') }} as accesses
    inner join scoped on accesses.span_id = scoped.attempt_id
    where accesses.is_effective and accesses.is_file and len(scoped.gold_files) > 0
    group by all

),

actions as (

    select
        attempt_id,
        {{ ratio('count(*) filter (where is_mutating and not is_in_scope)', 'count(*) filter (where is_mutating)') }}
            as gd_actions_score,
        {{ ratio('count(*) filter (where not is_in_scope)', 'count(*)') }} as gd_actions_score_all
    from calls
    group by all

)

select
    scoped.attempt_id,
    if(len(scoped.scope_touched) > 0, {{ ratio('len(scoped.scope_touched)', 'len(scoped.gold_files)') }}, null)
        as scope_drift,
    if(len(scoped.touched_files) > 0, {{ ratio('len(scoped.touched_files)', 'len(scoped.gold_files)') }}, null)
        as scope_drift_raw,
    if(
        len(scoped.gold_files) > 0,
        {{ ratio('len(list_intersect(scoped.scope_touched, scoped.gold_files))', 'len(scoped.scope_touched)') }},
        null
    ) as scope_precision,
    if(
        scoped.touched_files is null,
        null,
        {{ ratio('len(list_intersect(scoped.touched_files, scoped.gold_files))', 'len(scoped.gold_files)') }}
    ) as scope_recall,
    actions.gd_actions_score,
    actions.gd_actions_score_all
from scoped
left join actions on scoped.attempt_id = actions.attempt_id

with

-- signals.md R5: the harness's own list, then the graded patch, then the patch the agent handed in
sources as (

    select
        attempt_id,
        source_file_id,
        place,
        evidence,
        precedence
    from {{ ref('int_attempt_evidence') }}
    where touched_file_count is not null or has_patch

),

best as (

    select *
    from sources
    qualify row_number() over (
            partition by attempt_id order by evidence <> 'harness_stdout', precedence
        ) = 1

),

files as (

    select
        best.attempt_id,
        best.evidence,
        attempt_files.file_index,
        {{ normalised_path('attempt_files.path') }} as path,
        attempt_files.harness_diff_lines,
        attempt_files.added_lines + attempt_files.deleted_lines as patch_diff_lines
    from best
    inner join {{ ref('stg_attempt_file') }} as attempt_files
        on
            best.source_file_id = attempt_files.source_file_id
            and best.place = attempt_files.attempt_place

),

folded as (

    select
        attempt_id,
        list(path order by file_index) as touched_files,
        sum(if(evidence = 'harness_stdout', harness_diff_lines, patch_diff_lines)) as diff_lines
    from files
    group by all

)

select
    best.attempt_id,
    coalesce(folded.touched_files, []) as touched_files,
    coalesce(len(folded.touched_files), 0) as touched_file_count,
    if(folded.attempt_id is null, 0, folded.diff_lines) as diff_lines,
    case best.evidence
        when 'harness_stdout' then 'harness'
        when 'graded_patch' then 'graded_patch'
        else 'model_patch'
    end as touched_files_basis,
    if(best.evidence = 'harness_stdout', 'harness', 'patch') as diff_lines_basis
from best
left join folded on best.attempt_id = folded.attempt_id

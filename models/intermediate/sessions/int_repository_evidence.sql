with

facts as (

    select
        source_file_id,
        rtrim(repository_root, '/') as repository_root,
        coalesce(rtrim(common_root, '/'), rtrim(repository_root, '/')) as common_root,
        {{ normalised_repository_url('repository_url') }} as repository_url
    from {{ ref('stg_vcs_evidence') }}
    where evidence = 'repository'

),

aliases as (

    select * from {{ ref('repository_alias') }}

),

named as (

    select
        facts.*,
        aliases.repo_id as alias_id
    from facts
    left join aliases
        on
            regexp_matches(facts.repository_root, aliases.pattern)
            or regexp_matches(facts.common_root, aliases.pattern)
            or regexp_matches(facts.repository_url, aliases.pattern)
    qualify row_number() over (
            partition by facts.source_file_id, facts.repository_root
            order by len(aliases.pattern) desc nulls last, aliases.pattern
        ) = 1

)

select
    named.source_file_id,
    named.repository_root,
    named.common_root,
    named.repository_url,
    coalesce(named.alias_id, named.repository_url, named.common_root) as repo_id,
    places.content_version
from named
inner join {{ ref('int_file_place') }} as places on named.source_file_id = places.source_file_id

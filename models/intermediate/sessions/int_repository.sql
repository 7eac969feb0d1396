with

folders as (

    select * from {{ ref('int_repository_folder') }}

),

-- a folder that several repositories were worked on in, as in containers, tells none
folder_urls as (

    select
        base_directory,
        min(own_url) as repository_url
    from folders
    where base_directory is not null and own_url is not null
    group by all
    having count(distinct own_url) = 1

),

roots as (

    select
        repository_root,
        min(repository_url) as repository_url,
        min(common_root) as common_root
    from {{ ref('int_repository_evidence') }}
    where repository_root is not null
    group by all

),

ancestors as (

    select distinct
        working_directory,
        unnest({{ parent_directories('working_directory') }}) as ancestor
    from folders
    where working_directory is not null

),

nearest_roots as (

    select
        ancestors.working_directory,
        arg_max(roots, len(roots.repository_root)) as root
    from ancestors
    inner join roots on ancestors.ancestor = roots.repository_root
    group by all

),

resolved as (

    select
        folders.*,
        nearest_roots.root['repository_root'] as repository_root,
        nearest_roots.root['common_root'] as common_root,
        coalesce(folders.own_url, folder_urls.repository_url, nearest_roots.root['repository_url']) as repository_url,
        case
            when folders.own_url is not null then 'remote'
            when folder_urls.repository_url is not null then 'remote_of_folder'
            when nearest_roots.root['repository_url'] is not null then 'remote_of_repository'
            when nearest_roots.root['common_root'] is not null then 'repository_folder'
            when folders.base_directory is not null then 'working_directory'
        end as location_basis
    from folders
    left join folder_urls on folders.base_directory = folder_urls.base_directory
    left join nearest_roots on folders.working_directory = nearest_roots.working_directory

),

aliased as (

    select
        resolved.session_id,
        arg_max(aliases.repo_id, (len(aliases.pattern), aliases.pattern)) as repo_id
    from resolved
    inner join {{ ref('repository_alias') }} as aliases
        on
            regexp_matches(resolved.working_directory, aliases.pattern)
            or regexp_matches(resolved.repository_url, aliases.pattern)
    group by all

),

identified as (

    select
        resolved.*,
        coalesce(
            aliased.repo_id, resolved.repository_url, resolved.common_root, resolved.base_directory
        ) as repo_id,
        if(aliased.repo_id is not null, 'alias', resolved.location_basis) as repo_id_basis
    from resolved
    left join aliased on resolved.session_id = aliased.session_id

)

select
    session_id,
    coalesce(repo_id, 'session:' || session_id) as repository_unit_id,
    repo_id,
    repo_id_basis,
    repository_root,
    -- folder of the repository that the session's relative paths start from; null where no root is known
    trim({{ without_worktree_folder('substr(working_directory, len(repository_root) + 1)') }}, '/') as folder
from identified

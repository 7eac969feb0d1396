with

current_rows as (

    {{ current_rows('vcs_evidence') }}

)

select *
from current_rows

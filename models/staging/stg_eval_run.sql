with

current_rows as (

    {{ current_rows('eval_run') }}

)

select *
from current_rows

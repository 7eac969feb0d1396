with

current_rows as (

    {{ current_rows('response') }}

)

select *
from current_rows

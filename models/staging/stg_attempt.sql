with

current_rows as (

    {{ current_rows('attempt') }}

)

select *
from current_rows

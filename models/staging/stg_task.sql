with

current_rows as (

    {{ current_rows('task') }}

)

select *
from current_rows

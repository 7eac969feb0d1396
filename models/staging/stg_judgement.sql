with

current_rows as (

    {{ current_rows('judgement') }}

)

select *
from current_rows

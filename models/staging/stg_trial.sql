with

current_rows as (

    {{ current_rows('trial') }}

)

select *
from current_rows

with

current_rows as (

    {{ current_rows('attempt_file') }}

)

select *
from current_rows

with

current_rows as (

    {{ current_rows('bad_record') }}

)

select *
from current_rows

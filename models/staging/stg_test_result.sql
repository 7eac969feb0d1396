with

current_rows as (

    {{ current_rows('test_result') }}

)

select *
from current_rows

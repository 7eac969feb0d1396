-- depends_on: {{ ref('agent_anticipation') }}
-- depends_on: {{ ref('attempt_span') }}
-- depends_on: {{ ref('eval_run') }}
-- depends_on: {{ ref('session_dynamics') }}
-- depends_on: {{ ref('session_span') }}
-- depends_on: {{ ref('user_session') }}
with

definitions as (

    select * from {{ ref('signal_definition') }}

),

built_columns as (

    select
        table_name as mart,
        column_name,
        lower(data_type) as built_data_type
    from information_schema.columns
    where table_schema = 'marts'

)

select
    definitions.context || '.' || definitions.signal_id as signal_key,
    definitions.*,
    coalesce(built_columns.built_data_type = definitions.data_type, false) as is_built
from definitions
left join built_columns
    on definitions.mart = built_columns.mart and definitions.column_name = built_columns.column_name

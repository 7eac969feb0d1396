{#- Each row of a threshold holds for its model, and the one without a model for all others. -#}
select
    threshold,
    embedding_model,
    value
from {{ ref('threshold') }}
where
    threshold = 'drift_onset_pollution'
    and (
        {{ model_threshold('drift_onset_pollution') }} is distinct from value
        or (
            embedding_model is null
            and {{ model_threshold('drift_onset_pollution', "'a model that no row names'") }} is distinct from value
        )
    )

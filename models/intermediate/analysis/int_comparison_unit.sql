select
    run_treatment_id,
    {{ var('bootstrap_resamples') }} as bootstrap_resamples,
    {{ var('bootstrap_seed') }} as bootstrap_seed,
    {{ threshold('comparison_alpha') }} as alpha,
    {{ threshold('comparison_power') }} as power,
    {{ threshold('comparison_shared_tasks') }} as least_shared_tasks,
    md5(string_agg(input_fingerprint, ' ' order by comparison_id)) as input_fingerprint
from {{ ref('int_comparison_pair') }}
group by run_treatment_id

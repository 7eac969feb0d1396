{{ config(severity='warn') }}

-- labels that agree with their gold labels less than they should; a handful of units says nothing
select distinct
    label,
    unit_count,
    kappa
from {{ ref('label_validation') }}
where unit_count >= {{ threshold('label_units') }} and kappa < {{ threshold('label_kappa') }}

select *
from (values
    ('django__django-11206', 'django/django'),
    ('scikit-learn__scikit-learn-14087', 'scikit-learn/scikit-learn'),
    ('owner__name.1a2b3c.func_pm_remove__x', null),
    ('hello-world', null)
) as ids (task_id, repository)
where {{ task_repository('task_id') }} is distinct from repository

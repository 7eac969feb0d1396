"""Harbor: jobs, trials, tasks and what verifiers leave."""

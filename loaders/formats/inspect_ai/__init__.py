"""Logs of the evaluation framework Inspect: one file a task and model, a sample for each item and epoch."""

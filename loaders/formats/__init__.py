"""The formats: one module each, tried in this order; the first whose `matches` is true owns the file.

A format module has
    NAME      what `source_file.format` says
    VERSION   raised whenever `flatten` would land other rows: its files land again
    IDENTITY  "content" where a byte-identical copy elsewhere is the same evidence (a session, a trajectory),
              "place" where the directory around the file says what it is about (a reward, a report, a trial)
    matches(artifact) -> bool                  from path and head alone, never the whole file
    flatten(artifact) -> Iterator[Record]      every row it holds; BadRecord for what it cannot read;
                                               raises UnreadableArtifactError where nothing can be read
"""

from __future__ import annotations

from loaders.formats import (
    atif,
    claude_code,
    codex,
    dataset_rows,
    eval_history,
    git_repository,
    harbor_job,
    harbor_task,
    harbor_trial,
    harbor_trial_config,
    harbor_verifier,
    harness_stdout,
    hermes_export,
    hermes_sharegpt,
    mini_swe_agent,
    opentraces,
    pi_session,
    results_rows,
    submission_metadata,
    swe_agent,
    swebench_patch,
    swebench_predictions,
    swebench_report,
    swebench_resolved,
    swebench_summary,
    swival_report,
    swival_trace,
    trail,
    trail_annotations,
)

FORMATS = (
    git_repository,
    harbor_trial,
    harbor_trial_config,
    harbor_job,
    harbor_verifier,
    harbor_task,
    eval_history,
    swival_trace,
    swival_report,
    opentraces,
    hermes_sharegpt,
    hermes_export,
    trail,
    trail_annotations,
    pi_session,
    claude_code,
    codex,
    harness_stdout,
    mini_swe_agent,
    swe_agent,
    atif,
    swebench_report,
    swebench_patch,
    swebench_summary,
    swebench_resolved,
    swebench_predictions,
    results_rows,
    submission_metadata,
    dataset_rows,
)

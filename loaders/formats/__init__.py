"""The formats: a folder for each family, a module for each format; the first whose `matches` is true owns the file.

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

from loaders.formats.atif import trajectory as atif
from loaders.formats.claude_code import session as claude_code
from loaders.formats.codex import rollout as codex
from loaders.formats.git import repository as git_repository
from loaders.formats.harbor import job as harbor_job
from loaders.formats.harbor import task as harbor_task
from loaders.formats.harbor import trial as harbor_trial
from loaders.formats.harbor import trial_config as harbor_trial_config
from loaders.formats.harbor import verifier as harbor_verifier
from loaders.formats.harness import stdout as harness_stdout
from loaders.formats.hermes import export as hermes_export
from loaders.formats.hermes import sharegpt as hermes_sharegpt
from loaders.formats.inspect_ai import log as inspect_log
from loaders.formats.mini_swe_agent import trajectory as mini_swe_agent
from loaders.formats.openhands import output as openhands_output
from loaders.formats.opentraces import record as opentraces
from loaders.formats.pi import session as pi_session
from loaders.formats.responses import hal as hal_upload
from loaders.formats.responses import matrix as response_matrix
from loaders.formats.responses import trial_rows
from loaders.formats.rows import dataset_rows, eval_history, results_rows
from loaders.formats.swe_agent import trajectory as swe_agent
from loaders.formats.swebench import patch as swebench_patch
from loaders.formats.swebench import predictions as swebench_predictions
from loaders.formats.swebench import report as swebench_report
from loaders.formats.swebench import resolved as swebench_resolved
from loaders.formats.swebench import submission_metadata
from loaders.formats.swebench import summary as swebench_summary
from loaders.formats.swival import report as swival_report
from loaders.formats.swival import trace as swival_trace
from loaders.formats.terminal_bench import run as terminal_bench_run
from loaders.formats.terminal_bench import trial as terminal_bench_trial
from loaders.formats.tracebench import trace as tracebench
from loaders.formats.trail import annotations as trail_annotations
from loaders.formats.trail import trace as trail

# Those that a file's name tells come first: the others search the head of every file that reaches them.
FORMATS = (
    git_repository,
    harbor_trial,
    harbor_trial_config,
    harbor_job,
    harbor_verifier,
    harbor_task,
    terminal_bench_trial,
    terminal_bench_run,
    inspect_log,
    eval_history,
    harness_stdout,
    mini_swe_agent,
    swe_agent,
    atif,
    swebench_report,
    swival_trace,
    pi_session,
    swival_report,
    opentraces,
    hermes_sharegpt,
    hermes_export,
    trail,
    trail_annotations,
    tracebench,
    claude_code,
    codex,
    openhands_output,
    swebench_patch,
    swebench_summary,
    swebench_resolved,
    swebench_predictions,
    results_rows,
    submission_metadata,
    dataset_rows,
    hal_upload,
    trial_rows,
    response_matrix,
)

"""The landed tables: one typed record class each, the only schema there is.

A format module yields instances of these classes; landing adds `source_file_id` and `load_id` and writes one
Parquet file a table. A field is None where the artifact does not say: nothing is defaulted and nothing is interpreted.
Timestamps are naive UTC (`*_local_at` are naive local clocks, where an artifact only has those). Durations are
seconds, money is US dollars, token counts exclude cached tokens unless the name says otherwise.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args, get_type_hints

import msgspec
import pyarrow as pa


class Record(msgspec.Struct, kw_only=True, gc=False):
    """What every landed row carries: its place in the source file (`line 12` or a JSON pointer such as `/steps/3`)."""

    place: str = ""


class BadRecord(Record, kw_only=True):
    """A line, element or file that could not be read. The reason never quotes the artifact's own text."""

    reason: str
    line_number: int | None = None


class EvalRun(Record, kw_only=True):
    """What one artifact says of a run: a Harbor job file, a run summary, submission metadata, eval history."""

    evidence: str
    """harbor_job_config, harbor_job_result, terminal_bench_metadata, terminal_bench_results, swebench_summary,
    submission_metadata, inspect_log, openhands_metadata, resolved_list or eval_history."""
    run_directory: str | None = None
    """Absolute directory that holds the run, where the place of the file tells."""
    run_name: str | None = None
    """The run's own id, as written inside the artifact or in the layout around it."""
    submission: str | None = None
    """Folder of the leaderboard submission that the run is part of, or is."""
    agent_type: str | None = None
    agent_version: str | None = None
    model_id: str | None = None
    dataset: str | None = None
    concurrency: int | None = None
    attempts_per_task: int | None = None
    timeout_s: float | None = None
    timeout_multiplier: float | None = None
    attempt1_tool_cap: int | None = None
    retry_tool_cap: int | None = None
    retry_count: int | None = None
    trial_count: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    started_local_at: datetime | None = None
    finished_local_at: datetime | None = None
    has_instance_reports: bool | None = None
    """True where the artifact itself proves that the harness wrote a report per instance."""


class Task(Record, kw_only=True):
    """What one artifact says of a benchmark task: a dataset row, a Harbor task, a trial that quotes its task."""

    task_id: str
    dataset: str | None = None
    repository: str | None = None
    base_commit: str | None = None
    version: str | None = None
    difficulty: str | None = None
    created_at: datetime | None = None
    problem_statement: str | None = None
    gold_patch: str | None = None
    test_patch: str | None = None
    gold_files: list[str] | None = None
    """Paths that the gold patch touches, repository-relative, in patch order, without duplicates."""
    gold_test_files: list[str] | None = None
    fail_to_pass: list[str] | None = None
    pass_to_pass: list[str] | None = None
    agent_timeout_s: float | None = None
    verifier_timeout_s: float | None = None


class Trial(Record, kw_only=True):
    """What one artifact says of a Harbor-like trial: its result or configuration, a sample of a log."""

    evidence: str
    """harbor_result, harbor_config, terminal_bench_result or inspect_result."""
    trial_directory: str
    """Absolute directory of the trial; of a trial within a log, the log's path and the trial's name."""
    run_directory: str
    run_name: str | None = None
    """The run's own id, where it is not the name of the run's directory."""
    native_trial_id: str | None = None
    trial_name: str | None = None
    task_id: str | None = None
    """The task's own id, where it is not what follows the last `/` of `task_name`."""
    task_name: str | None = None
    task_checksum: str | None = None
    source: str | None = None
    agent_type: str | None = None
    agent_version: str | None = None
    model_id: str | None = None
    agent_timeout_override_s: float | None = None
    agent_timeout_max_s: float | None = None
    timeout_multiplier: float | None = None
    agent_timeout_multiplier: float | None = None
    attempt1_tool_cap: int | None = None
    retry_tool_cap: int | None = None
    environment_type: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    agent_started_at: datetime | None = None
    agent_finished_at: datetime | None = None
    verifier_started_at: datetime | None = None
    verifier_finished_at: datetime | None = None
    is_clock_local: bool | None = None
    """True where the clocks above carry no zone: they hold durations, not instants."""
    has_verifier_result: bool | None = None
    reward: float | None = None
    rewards: dict[str, float] | None = None
    exception_type: str | None = None
    exception_at: datetime | None = None
    attempt1_mode: str | None = None
    trial_recovery_mode: str | None = None
    final_failure_mode: str | None = None
    input_tokens_with_cache: int | None = None
    """As the harness wrote it: cached tokens included."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    step_count: int | None = None


class Attempt(Record, kw_only=True):
    """What one artifact says of one attempt. Several artifacts speak of one attempt; SQL merges them by precedence."""

    evidence: str
    """report, summary, results_row, prediction, graded_patch, resolved_list, harbor_step, harness_stdout,
    trajectory, reward_file or eval_history."""
    run_directory: str | None = None
    """Directory of the run where the layout tells; None for a side file and for what lies inside a Harbor trial."""
    run_name: str | None = None
    task_id: str | None = None
    attempt_index: int | None = None
    """0-based, where the artifact numbers its attempts; else None."""
    step_name: str | None = None
    agent_type: str | None = None
    model_id: str | None = None
    reward: float | None = None
    is_resolved: bool | None = None
    is_patch_empty: bool | None = None
    is_patch_applied: bool | None = None
    """The report's own flag (`patch_successfully_applied`)."""
    is_completed: bool | None = None
    is_error: bool | None = None
    infra_failure: str | None = None
    report_shape: str | None = None
    """gold_class (each key holds success and failure lists) or transition (plain lists or counts)."""
    has_tests_status: bool | None = None
    fail_to_pass_success: int | None = None
    fail_to_pass_failure: int | None = None
    pass_to_pass_success: int | None = None
    pass_to_pass_failure: int | None = None
    fail_to_fail_success: int | None = None
    fail_to_fail_failure: int | None = None
    pass_to_fail_success: int | None = None
    pass_to_fail_failure: int | None = None
    patch: str | None = None
    turn_count: int | None = None
    tool_call_count: int | None = None
    tool_call_counts: dict[str, int] | None = None
    edit_calls: int | None = None
    touched_file_count: int | None = None
    """Files the harness lists as touched: 0 where it says none, None where it says nothing."""
    input_tokens: int | None = None
    input_tokens_with_cache: int | None = None
    """As the harness wrote it, where it counts cached tokens in."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    wall_time_s: float | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_status: str | None = None
    exception_type: str | None = None
    attempt1_mode: str | None = None
    trial_recovery_mode: str | None = None
    final_failure_mode: str | None = None
    attempt1_tool_cap: int | None = None
    retry_tool_cap: int | None = None


class AttemptFile(Record, kw_only=True):
    """A file that an artifact says an attempt touched; the identifying fields are those of its `Attempt` record."""

    evidence: str
    """harness_stdout (diff lines as the harness counts them) or a patch: report, prediction, graded_patch, ..."""
    run_directory: str | None = None
    run_name: str | None = None
    task_id: str | None = None
    attempt_index: int | None = None
    attempt_place: str | None = None
    """`place` of the `Attempt` record that this file belongs to."""
    file_index: int
    path: str
    harness_diff_lines: int | None = None
    added_lines: int | None = None
    deleted_lines: int | None = None


class TestResult(Record, kw_only=True):
    """One test of one report."""

    attempt_place: str | None = None
    """`place` of the `Attempt` record that the test judges; None where the file is that of a trial."""
    task_id: str | None = None
    gold_class: str | None = None
    """FAIL_TO_PASS, PASS_TO_PASS, FAIL_TO_FAIL or PASS_TO_FAIL: the class that the dataset gives the test, if any."""
    test_name: str
    is_success: bool


class PhaseEvent(Record, kw_only=True):
    """A planning phase announced by the harness or by an extension of the agent."""

    session_index: int | None = None
    attempt_index: int | None = None
    phase_index: int
    phase: str | None = None
    occurred_at: datetime | None = None
    emitter: str
    """stdout_event or session_entry."""


class Session(Record, kw_only=True):
    """One stream of agent telemetry: a session file, a trajectory, a sub-agent's trajectory inside one."""

    session_index: int = 0
    """Position of the stream within its file; (source_file_id, session_index) is the landed key."""
    native_session_id: str | None = None
    telemetry: str
    """session_jsonl, native_trajectory, stdout_events, atif or session_export (a conversation that a converter or an
    exporter wrote down)."""
    format_version: str | None = None
    converted_from: str | None = None
    """The format that a converter wrote this from, where it says so."""
    parent_session_index: int | None = None
    parent_native_session_id: str | None = None
    parent_path: str | None = None
    continues_path: str | None = None
    """File name of the stream that goes on where this one ends (`continued_trajectory_ref`)."""
    is_subagent: bool = False
    generation: int | None = None
    """Of several records of one session that replace each other, the number of this one; the highest stands."""
    user_id: str | None = None
    origin: str | None = None
    """How the session was started, in the format's own words: cli, exec, sdk-py, oneshot, repl, vscode, ..."""
    repository_url: str | None = None
    git_branch: str | None = None
    git_commit: str | None = None
    """Commit that the session started from."""
    run_directory: str | None = None
    """For a trajectory outside any Harbor trial: the folder that holds the run's trajectories."""
    trial_directory: str | None = None
    """`trial_directory` of the trial that the stream belongs to, where one file holds several."""
    task_id: str | None = None
    attempt_index: int | None = None
    agent_type: str | None = None
    agent_version: str | None = None
    model_id: str | None = None
    working_directory: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_status: str | None = None
    submission: str | None = None
    total_cost_usd: float | None = None
    total_input_tokens: int | None = None
    total_cache_read_tokens: int | None = None
    total_cache_write_tokens: int | None = None
    total_output_tokens: int | None = None
    total_reasoning_tokens: int | None = None
    llm_call_count: int | None = None
    is_usage_reported: bool | None = None
    """False where the format cannot hold usage per step."""
    is_result_text_reported: bool | None = None
    is_reasoning_lost: bool | None = None
    """True where a converter is known to drop reasoning."""


class Entry(Record, kw_only=True):
    """One message or event of a stream, in file order."""

    session_index: int = 0
    entry_index: int
    entry_id: str | None = None
    parent_entry_id: str | None = None
    on_active_path: bool | None = None
    is_copied_context: bool | None = None
    is_sidechain: bool | None = None
    entry_type: str
    """message, tool_result, compaction, model_change, custom, ... in the format's own words."""
    role: str | None = None
    """user, assistant, tool, system or None."""
    occurred_at: datetime | None = None
    """When the entry was written: the end of an LLM call."""
    message_at: datetime | None = None
    """When the message began: for a user, when they spoke; for an LLM call, when it was asked."""
    message_id: str | None = None
    model_id: str | None = None
    text: str | None = None
    thinking_text: str | None = None
    thinking_block_lengths: list[int] | None = None
    """Characters of each thinking block, redacted blocks as 0; None where the format cannot hold reasoning."""
    is_llm_call: bool | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    usage_basis: str | None = None
    """excludes_cache (as reported) or cache_subtracted (the format includes cached tokens in the input)."""
    cost_usd: float | None = None
    stop_reason: str | None = None
    is_error: bool | None = None


class ToolCall(Record, kw_only=True):
    """One tool call with its result."""

    session_index: int = 0
    entry_index: int
    call_index: int
    """Position within the entry (parallel calls)."""
    tool_call_id: str | None = None
    tool_name: str
    sub_command: str | None = None
    """`command` argument of multi-command tools, as `view` of str_replace_editor."""
    arguments: str | None = None
    """The arguments as compact JSON with sorted keys."""
    command: str | None = None
    """Shell command line, for shell tools."""
    path_argument: str | None = None
    """The file or directory argument, as given."""
    pattern_argument: str | None = None
    working_directory: str | None = None
    open_path: str | None = None
    """File open in the agent's editor when the call was made, for tools that edit the open file."""
    called_at: datetime | None = None
    has_result: bool = False
    result_at: datetime | None = None
    result_text: str | None = None
    result_length: int | None = None
    """Characters of the result as stored."""
    is_result_truncated: bool | None = None
    is_error: bool | None = None
    """The format's explicit error flag."""
    is_rejected: bool | None = None
    """True where the user refused the call (a denied permission, a plan sent back)."""
    exit_code: int | None = None
    duration_s: float | None = None


class FileEdit(Record, kw_only=True):
    """One contiguous change of one file by one tool call."""

    session_index: int = 0
    entry_index: int
    call_index: int
    edit_index: int
    path: str
    operation: str
    """edit, write, create, delete, patch or undo."""
    start_line: int | None = None
    """1-based line where the change starts, in the file as the earlier rows of the same call left it."""
    end_line: int | None = None
    """Last line that the change replaces, in the same coordinates; start_line - 1 where it only inserts."""
    range_basis: str
    """exact, inferred, whole_file or unknown."""
    old_length: int | None = None
    new_length: int | None = None
    added_lines: int | None = None
    deleted_lines: int | None = None
    old_hash: str | None = None
    new_hash: str | None = None


class SessionEvent(Record, kw_only=True):
    """Compaction, model change, branch, label, interrupt: what happens to a stream besides messages."""

    session_index: int = 0
    entry_index: int
    """Entry that the event stands at: its own, or the last one before it."""
    event_type: str
    """compaction, model_change, thinking_level_change, permission_mode_change, branch, label, interrupt, rejection, or
    in the format's own words (guardrail, storm_suppression, review, command_policy)."""
    occurred_at: datetime | None = None
    from_value: str | None = None
    to_value: str | None = None
    tokens_before: int | None = None
    tokens_after: int | None = None
    detail: str | None = None


class VcsEvidence(Record, kw_only=True):
    """A fact of version control that bears on sessions: a commit and a path of it, a link of a session to a commit."""

    evidence: str
    """repository, commit, revert (a commit that undoes another), git_link or outcome (what an exporter found)."""
    native_session_id: str | None = None
    repository_url: str | None = None
    repository_root: str | None = None
    """Absolute folder of the working tree, where the evidence was read from one."""
    common_root: str | None = None
    """Absolute folder of the repository that the working tree belongs to: one for all its working trees."""
    branch: str | None = None
    commit: str | None = None
    reverted_commit: str | None = None
    path: str | None = None
    """Path that the commit changes, relative to the repository."""
    occurred_at: datetime | None = None
    """When the commit was made (committer's clock)."""
    tier: str | None = None
    """How a git link was found, in the exporter's words."""
    is_committed: bool | None = None
    is_commit_reachable: bool | None = None
    is_content_alive: bool | None = None


class Judgement(Record, kw_only=True):
    """An annotation by a person or a model."""

    native_session_id: str | None = None
    signal: str
    value: str | None = None
    score: float | None = None
    judge: str | None = None
    location: str | None = None
    evidence: str | None = None


class Response(Record, kw_only=True):
    """One outcome of an agent on an item where no attempt is known: a matrix's cell, a table's trial, a resolved id."""

    run_directory: str | None = None
    run_name: str | None = None
    agent_name: str | None = None
    model_id: str | None = None
    dataset: str | None = None
    revision: str | None = None
    """Revision of the items that were run, in the artifact's own words: pre-revision, post-revision, ..."""
    ensemble_member: str | None = None
    """Name of the matrix, where several of one revision are reruns of each other."""
    measure: str | None = None
    """What the value measures, where several matrices hold the same runs: raw_score, benchmark, success_rate, ..."""
    task_id: str
    trial_name: str | None = None
    native_trial_id: str | None = None
    value: float | None = None
    """0 to 1; None where the artifact knows the trial and not its outcome."""
    failure_mode: str | None = None
    """What went wrong, in the artifact's own words."""
    test_count: int | None = None
    passed_test_count: int | None = None
    cost_usd: float | None = None
    llm_call_count: int | None = None
    input_tokens_with_cache: int | None = None
    """As the harness wrote it; some write 0 where they do not know."""
    output_tokens: int | None = None
    wall_time_s: float | None = None
    occurred_at: datetime | None = None
    """When the trial, or else the run, began."""
    is_list_of_resolved: bool = False
    """True where the artifact names resolved items only, so that an absent item is not a failure."""


TABLES: dict[str, type[Record]] = {
    "bad_record": BadRecord,
    "eval_run": EvalRun,
    "task": Task,
    "trial": Trial,
    "attempt": Attempt,
    "attempt_file": AttemptFile,
    "test_result": TestResult,
    "phase_event": PhaseEvent,
    "session": Session,
    "entry": Entry,
    "tool_call": ToolCall,
    "file_edit": FileEdit,
    "session_event": SessionEvent,
    "vcs_evidence": VcsEvidence,
    "judgement": Judgement,
    "response": Response,
}
"""Landed table name to record class; `source_file`, the manifest, is landing's own and stands apart."""

_ARROW_TYPES: dict[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us"),
    list[str]: pa.list_(pa.string()),
    list[int]: pa.list_(pa.int64()),
    dict[str, int]: pa.map_(pa.string(), pa.int64()),
    dict[str, float]: pa.map_(pa.string(), pa.float64()),
}


def arrow_schema(record: type[msgspec.Struct]) -> pa.Schema:
    """Arrow schema of a record class: its own fields, then `source_file_id` (string) and `load_id` (int64)."""
    fields = []
    for name, hint in get_type_hints(record).items():
        options = [option for option in get_args(hint) if option is not type(None)]
        plain = options[0] if options and type(None) in get_args(hint) else hint
        fields.append(pa.field(name, _ARROW_TYPES[plain]))
    fields += [pa.field("source_file_id", pa.string()), pa.field("load_id", pa.int64())]
    return pa.schema(fields)

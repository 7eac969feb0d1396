"""What a session file holds, counted from its raw lines with plain `json`.

`python -m tests.python.end_to_end.recount_sessions FIXTURES` prints a table. Nothing of the loaders is used, so that a
number here and one of the warehouse agree only where both are right. Every function returns one `SessionCounts` a
stream: a session, a record of a file that holds several, or the lines of its sub-agents together.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from tests.python.end_to_end.recount import SessionCounts
from tests.python.end_to_end.recount_exports import hermes_export, hermes_trajectory, opentraces, swival_trace
from tests.python.end_to_end.recount_native import claude_code, codex, pi_session

FORMATS: dict[str, Callable[[Path], list[SessionCounts]]] = {
    function.__name__: function
    for function in (pi_session, claude_code, codex, hermes_export, hermes_trajectory, opentraces, swival_trace)
}

FILES: dict[str, str] = {
    "pi_sessions/pi-mono__before-compaction.jsonl": "pi_session",
    "pi_sessions/pi-mono__large-session.jsonl": "pi_session",
    "pi_sessions/pi-mono__session.jsonl": "pi_session",
    "pi_sessions/pi-mono__html-export-0ec8509d_v2.jsonl": "pi_session",
    "pi_sessions/teich__example_pi_session.jsonl": "pi_session",
    "pi_sessions/gjc__01-youtube-transcript-extraction.jsonl": "pi_session",
    "pi_sessions/gjc__04-awesome-agent-ide.jsonl": "pi_session",
    "pi_sessions/teich__example_openclaw_session.jsonl": "pi_session",
    "pi_sessions/agent-sessions__pi_small.jsonl": "pi_session",
    "claude_code/teich__example_claude_code.jsonl": "claude_code",
    "claude_code/agent-sessions__small.jsonl": "claude_code",
    "codex/teich__example_codex_session.jsonl": "codex",
    "codex/agent-sessions__small.jsonl": "codex",
    "hermes/teich__example_hermes_session.jsonl": "hermes_export",
    "hermes/hermeswith__trajectory_samples.jsonl": "hermes_trajectory",
    "hermes/derived__hermes_trajectory_format.jsonl": "hermes_trajectory",
    "opentraces/derived__opentraces-0.3.3_schema-0.3.0_attribution_from-pi.jsonl": "opentraces",
    "opentraces/derived__opentraces-0.3.3_schema-0.3.0_from-claude-code.jsonl": "opentraces",
    "opentraces/derived__opentraces-0.4.13_schema-0.9.0_from-pi-codex.jsonl": "opentraces",
    "swival/derived__4293a326-81ca-4327-b450-85275e1ca645.jsonl": "swival_trace",
    "swival/derived__scc6968a3db48.jsonl": "swival_trace",
}
"""Format of each real file that is counted, by its path below `AGENT_SIGNALS_FIXTURES`."""


@click.command()
@click.argument("fixtures", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(fixtures: Path) -> None:
    """Print what the real session files below FIXTURES hold."""
    columns = (
        *("user_messages", "user_turns", "agent_turns", "steps", "tool_call_count", "error_results", "tool_errors"),
        *("compactions", "model_changes", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
        *("bad_lines", "is_subagent"),
    )
    click.echo("\t".join(("file", "session", *columns)))
    for path, name in FILES.items():
        for counts in FORMATS[name](fixtures / path):
            values = (getattr(counts, column) for column in columns)
            click.echo("\t".join(map(str, (path.split("/")[1][:40], counts.session_id[:13], *values))))


if __name__ == "__main__":
    sys.exit(main())

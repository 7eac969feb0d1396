"""Any number of synthetic product sessions: `python -m benchmarks.synthetic_sessions FOLDER --sessions N`.

The files are pi session files, version 3, below a folder for each user: `<user>/sessions/--<cwd>--/<time>_<id>.jsonl`,
which is where pi keeps its own. A session depends on its number and the seed alone, so a second call with `--first`
adds sessions to the same history. One in ten is a fork, whose file repeats entries of its parent with their ids. A
session is about 0.24 MB; texts are as long as real ones and mean nothing.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import click
import msgspec
from tqdm import tqdm

from benchmarks.synthetic import texts
from benchmarks.synthetic.pi import pi_session
from benchmarks.synthetic.script import Json, identifier, stamp
from benchmarks.synthetic.sessions import Script, is_fork, parent_of, script

NOTICE = (
    "# Synthetic sessions\n\n"
    "Generated for benchmarks: no user, agent, model, repository or number in this folder is real.\n"
)
_ENCODER = msgspec.json.Encoder()
_AFTER_PARENT = timedelta(minutes=5)
_SHORTEST_CONVERSATION = 8


def session_id(number: int, seed: int) -> str:
    """The id of a session, in the shape of a UUID."""
    digits = identifier("session", seed, number, length=32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def session_path(session: Script, seed: int) -> Path:
    """Where the file of a session lies, relative to the folder of the history."""
    moment = stamp(session.started).replace(":", "-").replace(".", "-")
    folder = f"--{session.cwd.strip('/').replace('/', '-')}--"
    return Path(f"user-{session.user}", "sessions", folder, f"{moment}_{session_id(session.number, seed)}.jsonl")


def session_lines(number: int, seed: int = 0) -> tuple[Path, list[Json]]:
    """Relative path and lines of a session's file."""
    session = script(number, seed)
    if is_fork(number, seed):
        return _fork(session, seed)
    return session_path(session, seed), _lines(session, seed)


def _lines(session: Script, seed: int) -> list[Json]:
    lines = pi_session(session.items, session_id(session.number, seed), session.started, session.model, session.cwd)
    rng = Random(f"{seed}/lines/{session.number}")
    steps = 0
    for line in lines:
        message = line.get("message")
        if line["type"] == "compaction":
            line["firstKeptEntryId"] = line["parentId"]
        elif message is not None and message["role"] == "assistant":
            if steps in session.aborted_steps:
                message["stopReason"] = "aborted"
            elif steps in session.failed_steps:
                message |= {"stopReason": "error", "errorMessage": "synthetic: the provider is overloaded"}
            steps += 1
            for block in message["content"]:
                if block["type"] == "thinking":
                    block["thinkingSignature"] = texts.signature(rng, 400)
    return lines


def _fork(session: Script, seed: int) -> tuple[Path, list[Json]]:
    """A session that goes on from an entry of its parent, in the parent's place and by the parent's user."""
    parent = script(parent_of(session.number, seed), seed)
    parent_lines = _lines(parent, seed)
    rng = Random(f"{seed}/branch/{session.number}")
    answers = [
        index
        for index, line in enumerate(parent_lines)
        if index >= _SHORTEST_CONVERSATION and line.get("message", {}).get("stopReason") == "stop"
    ]
    copied = parent_lines[1 : rng.choice(answers or [len(parent_lines) - 1]) + 1]
    ended = datetime.fromisoformat(copied[-1]["timestamp"]).replace(tzinfo=None)
    child = Script(
        number=session.number,
        repository=parent.repository,
        user=parent.user,
        started=max(session.started, ended + _AFTER_PARENT),
        model=session.model,
        items=session.items,
        aborted_steps=session.aborted_steps,
        failed_steps=session.failed_steps,
    )
    header, *own = _lines(child, seed)
    own[0]["parentId"] = copied[-1]["id"]
    header["parentSession"] = (
        f"/home/user-{parent.user}/.pi/agent/{session_path(parent, seed).relative_to(f'user-{parent.user}')}"
    )
    return session_path(child, seed), [header, *copied, *own]


def write_sessions(folder: Path, sessions: int, *, first: int = 0, seed: int = 0, progress: bool = False) -> int:
    """Write sessions `first` to `first + sessions - 1` below a folder; the count of bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SYNTHETIC.md").write_text(NOTICE)
    size = 0
    for number in tqdm(range(first, first + sessions), unit="session", disable=not progress):
        path, lines = session_lines(number, seed)
        content = _ENCODER.encode_lines(lines)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        size += len(content)
    return size


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sessions", type=click.IntRange(min=1), default=1000, show_default=True, help="How many to write.")
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Number of the first session.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(folder: Path, sessions: int, first: int, seed: int) -> None:
    """Write synthetic pi sessions below FOLDER."""
    size = write_sessions(folder, sessions, first=first, seed=seed, progress=True)
    click.echo(f"{sessions:,} sessions, {size / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())

"""Scripts of synthetic product sessions: a user who asks, corrects and thanks, and an agent that reads and edits.

Session `number` of a history is decided by that number and the seed. Repositories become more numerous with the
history, and the older ones are worked on most; changes gather around a few lines of each file, so that sessions change
the same regions. All of it is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from benchmarks.synthetic import texts
from benchmarks.synthetic.script import Call, Event, Item, Json, Step, Usage, UserMessage
from benchmarks.synthetic.texts import SourceFile, source_file

FIRST_SESSION = datetime(2025, 1, 6, 8)
BETWEEN_SESSIONS = timedelta(minutes=30)
FORK_SHARE = 0.1
MODELS = ("synthetic-large", "synthetic-small")
_FIRST_REPOSITORIES = 20
_SESSIONS_PER_NEW_REPOSITORY = 50
_USERS_PER_REPOSITORY = 3
_FILES_PER_REPOSITORY = 60
_LONGEST_RESULT = 51_200
_SYSTEM_PROMPT_TOKENS = 6_000
_CONTEXT_TOKENS = 120_000
_KEPT_TOKENS = 15_000
_CHARACTERS_PER_TOKEN = 4
_CONTEXT_LINES = 4

_CORRECTIONS = (
    "No, that's wrong.",
    "That is not what I asked for.",
    "Actually, undo that.",
    "Wait, you broke the tests.",
    "Please revert this change and keep the old behaviour.",
)
_THANKS = ("Thanks, that works.", "Perfect, thank you.", "Great, looks good to me.", "Nice, commit it please.")
_FOLLOW_UPS = (
    "Now do the same for",
    "Next, have a look at",
    "Also add a test for",
    "Can you explain why",
    "Continue with",
)


@dataclass(frozen=True)
class Script:
    """What happens in a session, and where."""

    number: int
    repository: int
    user: int
    started: datetime
    model: str
    items: list[Item]
    aborted_steps: frozenset[int]
    """Which of the steps, counted from 0, the user stopped."""
    failed_steps: frozenset[int]
    """Which of them the provider failed to answer."""

    @property
    def cwd(self) -> str:
        """The same folder for all users of a repository, as in development containers."""
        return f"/workspaces/repository-{self.repository}"


@dataclass
class _Progress:
    """Where a script stands: what the model reads with its next call, and the steps so far."""

    context_tokens: int = _SYSTEM_PROMPT_TOKENS
    cached_tokens: int = 0
    step_count: int = 0


def is_fork(number: int, seed: int) -> bool:
    """Whether a session was forked from an earlier one."""
    return number > 0 and Random(f"{seed}/fork/{number}").random() < FORK_SHARE


def parent_of(number: int, seed: int) -> int:
    """Number of the session that a fork came from: one of the last twenty, itself no fork."""
    parent = Random(f"{seed}/parent/{number}").randrange(max(0, number - 20), number)
    while is_fork(parent, seed):
        parent -= 1
    return parent


def script(number: int, seed: int) -> Script:
    """The script of a session; a fork's holds what comes after the fork."""
    rng = Random(f"{seed}/session/{number}")
    first_model = model = rng.choices(MODELS, weights=(4, 1))[0]
    count = _FIRST_REPOSITORIES + number // _SESSIONS_PER_NEW_REPOSITORY
    repository = int(rng.random() ** 2 * count)
    turns = max(1, min(round(rng.lognormvariate(1.3, 0.8)), 40))
    files = [source_file(repository, rng.randrange(_FILES_PER_REPOSITORY)) for _ in range(rng.randint(2, 8))]
    items: list[Item] = []
    aborted: set[int] = set()
    failed: set[int] = set()
    progress = _Progress()
    for turn in range(turns):
        message = UserMessage(_user_text(rng, turn, turns), rng.uniform(5, 600) if turn else 1.0)
        items.append(message)
        progress.context_tokens += len(message.text) // _CHARACTERS_PER_TOKEN
        if rng.random() < 0.02:
            model = MODELS[1 - MODELS.index(model)]
            items.append(Event("model_change", {"provider": "synthetic", "modelId": model}))
            progress.cached_tokens = 0
        steps = max(1, min(round(rng.lognormvariate(1.8, 0.8)), 60))
        for step in range(steps):
            if progress.context_tokens > _CONTEXT_TOKENS:
                items.append(_compaction(rng, progress, files))
            fate = rng.random()
            if fate < 0.005:
                failed.add(progress.step_count)
                items.append(Step(None, duration_s=1.0, model=model))
            elif fate < 0.01:
                aborted.add(progress.step_count)
                items.append(Step(None, texts.prose(rng, 80), duration_s=3.0, model=model))
                progress.step_count += 1
                break
            else:
                items.append(_step(rng, files, progress, model, is_last=step == steps - 1))
            progress.step_count += 1
    return Script(
        number=number,
        repository=repository,
        user=repository * 2 + rng.randrange(_USERS_PER_REPOSITORY),
        started=FIRST_SESSION + number * BETWEEN_SESSIONS + timedelta(seconds=rng.randrange(600)),
        model=first_model,
        items=items,
        aborted_steps=frozenset(aborted),
        failed_steps=frozenset(failed),
    )


def _user_text(rng: Random, turn: int, turns: int) -> str:
    if turn == 0:
        return texts.prose(rng, texts.length(rng, 220, 1.0, 6_000))
    if turn == turns - 1 and rng.random() < 0.4:
        return rng.choice(_THANKS)
    said = rng.random()
    detail = texts.prose(rng, texts.length(rng, 50, 0.9, 2_000))
    if said < 0.2:
        return f"{rng.choice(_CORRECTIONS)} {detail}"
    return f"{rng.choice(_FOLLOW_UPS)} {detail}" if said < 0.8 else detail


def _compaction(rng: Random, progress: _Progress, files: list[SourceFile]) -> Event:
    fields: Json = {
        "summary": texts.prose(rng, 3_000),
        "tokensBefore": progress.context_tokens,
        "details": {"readFiles": [file.path for file in files], "modifiedFiles": [files[0].path]},
        "fromHook": False,
    }
    progress.context_tokens, progress.cached_tokens = _KEPT_TOKENS, _SYSTEM_PROMPT_TOKENS
    return Event("compaction", fields)


def _step(rng: Random, files: list[SourceFile], progress: _Progress, model: str, *, is_last: bool) -> Step:
    calls = () if is_last else tuple(_call(rng, files) for _ in range(rng.choices((1, 2, 3), weights=(85, 10, 5))[0]))
    text = (
        texts.prose(rng, texts.length(rng, 600 if is_last else 90, 0.8, 5_000)) if is_last or rng.random() < 0.4 else ""
    )
    thinking = texts.prose(rng, texts.length(rng, 250, 0.9, 8_000)) if rng.random() < 0.6 else ""
    written = sum(len(str(call.arguments)) for call in calls) + len(text) + len(thinking)
    output = written // _CHARACTERS_PER_TOKEN + 10
    fresh = progress.context_tokens - progress.cached_tokens
    usage = Usage(rng.randint(2, 12), output, progress.cached_tokens, fresh)
    progress.cached_tokens = progress.context_tokens
    progress.context_tokens += output + sum(len(call.output) for call in calls) // _CHARACTERS_PER_TOKEN
    return Step(usage, text, thinking, calls, 1.5 + output / 60, model)


def _call(rng: Random, files: list[SourceFile]) -> Call:
    file = rng.choice(files)
    match rng.choices(("read", "bash", "edit", "write", "grep"), weights=(28, 38, 24, 3, 7))[0]:
        case "read":
            return _read(rng, file)
        case "edit":
            return _edit(rng, file)
        case "write":
            content = texts.output(rng, texts.length(rng, 2_000, 0.8, 20_000))
            said = f"Successfully wrote {len(content)} bytes to scratch/note_{rng.randrange(50)}.md"
            return Call("write", {"path": said.rsplit(" ", 1)[1], "content": content}, said, duration_s=0.02)
        case "grep":
            hits = "\n".join(f"{other.path}:{other.hot_lines[0]}: {other.lines(1, 1)[0]}" for other in files)
            return Call(
                "grep", {"pattern": rng.choice(("limit", "value", "return")), "path": "src"}, hits, duration_s=0.1
            )
        case _:
            return _bash(rng, file)


def _read(rng: Random, file: SourceFile) -> Call:
    if rng.random() < 0.3:
        return Call("read", {"path": file.path}, file.text()[:_LONGEST_RESULT], duration_s=0.01)
    first, count = rng.randint(1, file.line_count), rng.choice((40, 80, 120, 200))
    return Call("read", {"path": file.path, "offset": first, "limit": count}, file.text(first, count), duration_s=0.01)


def _bash(rng: Random, file: SourceFile) -> Call:
    command = rng.choice(
        (
            "python -m pytest -q",
            f"python -m pytest -q tests/test_{file.path.rsplit('/', 1)[1]}",
            f"rg -n 'limit' {file.path}",
            f"sed -n '1,80p' {file.path}",
            "git status --short",
            "git diff",
            "ls -la src",
            "make lint",
        )
    )
    printed = texts.output(rng, texts.length(rng, 600, 1.7, _LONGEST_RESULT))
    is_error = rng.random() < 0.08
    return Call("bash", {"command": command}, printed, int(is_error), None, is_error, rng.uniform(0.05, 20))


def _edit(rng: Random, file: SourceFile) -> Call:
    near = rng.choice(file.hot_lines) + round(rng.gauss(0, 12))
    first = max(1, min(near, file.line_count - 8))
    old = file.lines(first, rng.randint(1, 6))
    new = [f"{line}  # {rng.randrange(10_000)}" for line in old] + [f"    value += {rng.randrange(100)}"] * rng.randint(
        0, 4
    )
    arguments: Json = {"path": file.path, "edits": [{"oldText": "\n".join(old), "newText": "\n".join(new)}]}
    if rng.random() < 0.05:
        said = f"Could not find the exact text in {file.path}. The old text must match exactly."
        return Call("edit", arguments, said, is_error=True, duration_s=0.01)
    start = max(1, first - _CONTEXT_LINES)
    before, after = file.lines(start, first - start), file.lines(first + len(old), _CONTEXT_LINES)
    around = len(before) + len(after)
    patch = [
        f"--- {file.path}\n+++ {file.path}\n@@ -{start},{around + len(old)} +{start},{around + len(new)} @@",
        *(f" {line}" for line in before),
        *(f"-{line}" for line in old),
        *(f"+{line}" for line in new),
        *(f" {line}" for line in after),
    ]
    shown = [f" {start + index:>4} {line}" for index, line in enumerate(before)]
    shown += [f"-{first + index:>4} {line}" for index, line in enumerate(old)]
    shown += [f"+{first + index:>4} {line}" for index, line in enumerate(new)]
    shown += [f" {first + len(old) + index:>4} {line}" for index, line in enumerate(after)]
    details: Json = {"diff": "\n".join(shown), "patch": "\n".join(patch) + "\n", "firstChangedLine": first}
    return Call(
        "edit", arguments, f"Successfully replaced 1 block(s) in {file.path}.", details=details, duration_s=0.01
    )

"""Inspect logs for tests: those that inspect-ai wrote, and ones put together here."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from loaders.artifact import Artifact
from loaders.formats.inspect_ai import container

LOGS = Path(__file__).parent / "inspect_logs"
CLOCKS = LOGS / "synthetic_clocks.eval"
LIMITS = LOGS / "synthetic_limits.eval"

HEADER: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {
        "eval_id": "e-1",
        "run_id": "r-1",
        "created": "2026-01-02T03:00:00+00:00",
        "task": "suite/clock",
        "task_id": "t-1",
        "task_version": "2-B",
        "model": "maker/model-1",
        "solver": "agent_of_ours",
        "dataset": {"name": "synthetic"},
        "config": {"epochs": 1, "max_samples": 8, "time_limit": 600},
        "scorers": [{"name": "verdict"}],
    },
    "plan": {"steps": [{"solver": "use_tools"}, {"solver": "generate"}]},
    "results": {"total_samples": 1},
    "stats": {"started_at": "2026-01-02T03:00:01+00:00", "completed_at": "2026-01-02T03:10:00+00:00"},
}


def message(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content} | more


def asked(answer: dict[str, Any], second: int, usage: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The event of a model call that began at a second of the sample and took one."""
    return {
        "event": "model",
        "timestamp": f"2026-01-02T03:00:{second:02}+00:00",
        "completed": f"2026-01-02T03:00:{second + 1:02}+00:00",
        "output": {
            "model": "maker/model-1",
            "choices": [{"message": answer, "stop_reason": "stop"}],
            "usage": usage or {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12},
        },
    } | more


def sample(**changes: Any) -> dict[str, Any]:
    return {
        "id": "clock-1",
        "epoch": 1,
        "uuid": "u-1",
        "input": "Repair the clock.",
        "target": "C",
        "messages": [message("user", "Repair the clock.", id="m0"), message("assistant", "Done.", id="m1")],
        "events": [asked(message("assistant", "Done.", id="m1"), 2)],
        "scores": {"verdict": {"value": "C"}},
        "model_usage": {"maker/model-1": {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}},
        "started_at": "2026-01-02T03:00:01+00:00",
        "completed_at": "2026-01-02T03:00:05+00:00",
    } | changes


def zipped(*samples: Any, header: Any = HEADER, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An `.eval` file as older versions packed it; the header comes last, as in a real one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        started = {key: header.get(key) for key in ("version", "eval", "plan")}
        archive.writestr(_member("_journal/start.json"), json.dumps(started), method)
        for number, content in enumerate(samples):
            named = content if isinstance(content, dict) else {}
            name = f"samples/{named.get('id', number)}_epoch_{named.get('epoch', 1)}.json"
            archive.writestr(_member(name), content if isinstance(content, bytes) else json.dumps(content), method)
        archive.writestr(_member("header.json"), json.dumps(header), method)
    return stream.getvalue()


def log(root: Path, content: bytes | dict[str, Any], name: str = "log") -> Artifact:
    is_zip = isinstance(content, bytes)
    path = root / f"{name}.{'eval' if is_zip else 'json'}"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return Artifact(path, root)


def documents(path: Path) -> dict[str, Any]:
    """Every document of an `.eval` file by name."""
    data = path.read_bytes()
    return {member.name: json.loads(container.unpack(data, member)) for member in container.members(data)[0]}


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (2026, 1, 2, 3, 0, 0))

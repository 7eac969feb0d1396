"""A server on this machine that speaks the protocol of the judge's endpoint, and what a test makes it say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server sends: the text of the answer, or a status, after a while."""

    content: str = ""
    status: int = 200
    wait_s: float = 0.0
    body: bytes | None = None


@dataclass
class Server:
    """What was asked of it so far."""

    url: str
    asked: list[Json] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, question: Json) -> int:
        with self._lock:
            self.asked.append(question)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            return len(self.asked)

    def end(self) -> None:
        with self._lock:
            self._at_once -= 1


def signal_of(question: Json) -> str:
    """The signal that a question is about, told by its rubric."""
    text = question["messages"][-1]["content"]
    for signal, words in {
        "task_paraphrase_accuracy": "does that restatement keep the goal",
        "goal_alignment_at_close": "is what the agent delivered",
        "plan_optimality": "is the agent's plan",
        "instruction_adherence": "which instructions did the user give",
        "conflation_turn": "acts for a goal that nobody asked for",
    }.items():
        if words in text:
            return signal
    raise AssertionError("a question about no signal")


def answer(signal: str, evidence: str | None, turn_index: int | None, **said: Any) -> str:
    """A well-formed answer; `said` replaces parts of it."""
    cited: Json = {"turn_index": turn_index, "evidence": evidence, "reasoning": "because"}
    own: dict[str, Json] = {
        "task_paraphrase_accuracy": {"applies": True, "score": 4},
        "goal_alignment_at_close": {"applies": True, "score": 5},
        "plan_optimality": {"applies": True, "value": "suboptimal"},
        "instruction_adherence": {"applies": True, "instructions": [{"instruction": "fix it", "status": "met"}]},
        "conflation_turn": {"is_conflated": True},
    }
    return json.dumps({**own[signal], **cited, **said})


@contextmanager
def serving(reply: Callable[[Json, int], Reply]) -> Iterator[Server]:
    """A server whose answers `reply` makes from a question and its number, from 1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = server.begin(question)
            try:
                given = reply(question, number)
                time.sleep(given.wait_s)
                self._send(given)
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                server.end()

        def _send(self, given: Reply) -> None:
            message = {"role": "assistant", "content": given.content}
            body = (
                given.body
                if given.body is not None
                else json.dumps(
                    {
                        "id": "1",
                        "object": "chat.completion",
                        "created": 0,
                        "model": "m",
                        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
                    }
                ).encode()
            )
            self.send_response(given.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After-Ms", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(f"http://127.0.0.1:{listening.server_port}/v1")
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()

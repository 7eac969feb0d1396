"""The observations of mini-swe-agent: what a shell command returned, rendered as JSON (2.x) or in tags (1.x)."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from loaders.salvage import Integer

_TAGGED = re.compile(
    r"\s*(?:<exception>(?P<exception>.*?)</exception>\s*)?<returncode>\s*(?P<code>-?\d{1,10})\s*</returncode>",
    re.DOTALL,
)
_OUTPUT = re.compile(r"<output>\n?(.*)</output>", re.DOTALL)
_ENDS = re.compile(r"<output_head>\n?(.*)</output_head>.*<output_tail>\n?(.*)</output_tail>", re.DOTALL)


class ShellObservation(NamedTuple):
    """What a command printed and returned."""

    text: str
    """The output; of a shortened one its head and tail; then the reason why a command was not run to its end."""
    exit_code: int | None
    is_truncated: bool


class _Observation(msgspec.Struct, gc=False):
    returncode: Integer | None = None
    output: str | None = None
    output_head: str | None = None
    output_tail: str | None = None
    exception_info: str | None = None


_DECODER = msgspec.json.Decoder(_Observation)


def read_observation(text: str) -> ShellObservation | None:
    """The observation that a message renders; None where it renders none."""
    start = text[:64].lstrip()
    if start.startswith("{"):
        return _read_json(text) if '"returncode"' in start else None
    if start.startswith(("<returncode>", "<exception>")):
        return _read_tags(text)
    return None


def _read_json(text: str) -> ShellObservation | None:
    try:
        found = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    parts = (found.output, found.output_head, found.output_tail, found.exception_info)
    return ShellObservation(
        "\n".join(filter(None, parts)),
        found.returncode,
        found.output is None and found.output_head is not None,
    )


def _read_tags(text: str) -> ShellObservation | None:
    if (head := _TAGGED.match(text)) is None:
        return None
    body = text[head.end() :]
    whole, ends = _OUTPUT.search(body), _ENDS.search(body)
    parts = (*(whole.groups() if whole else ends.groups() if ends else (body.strip(),)), head["exception"])
    return ShellObservation("\n".join(filter(None, parts)), int(head["code"]), whole is None and ends is not None)

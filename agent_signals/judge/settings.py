"""How the model judge is configured: by the environment, and by nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

URL = "AGENT_SIGNALS_JUDGE_URL"
MODEL = "AGENT_SIGNALS_JUDGE_MODEL"
KEY = "AGENT_SIGNALS_JUDGE_KEY"
CONCURRENCY = "AGENT_SIGNALS_JUDGE_CONCURRENCY"
BUDGET = "AGENT_SIGNALS_JUDGE_BUDGET"
SAMPLES = "AGENT_SIGNALS_JUDGE_SAMPLES"
TIMEOUT = "AGENT_SIGNALS_JUDGE_TIMEOUT_S"
ATTEMPTS = "AGENT_SIGNALS_JUDGE_ATTEMPTS"


class JudgeSettingsError(Exception):
    """The environment asks for a judge and does not say how. The message is one sentence."""


class JudgeSettings(NamedTuple):
    """An endpoint and what may be spent on it."""

    url: str
    model: str
    key: str = "none"
    """What the endpoint wants as a key; one on this machine mostly wants none."""
    concurrency: int = 4
    """Questions that are on their way at a time."""
    budget: int = 1_000
    """Most questions of one build."""
    samples: int = 3
    """How often each question is asked."""
    timeout_s: float = 120.0
    """Longest wait for an answer, in seconds."""
    attempts: bool = False
    """Whether attempts are judged as well as sessions."""

    def __repr__(self) -> str:
        """Without the key: settings stand in tracebacks."""
        return f"JudgeSettings(model={self.model!r}, samples={self.samples})"


def judge_settings(environment: Mapping[str, str] = os.environ) -> JudgeSettings | None:
    """Settings of the judge, or None where no endpoint is named: then nobody is asked."""
    url = environment.get(URL, "").strip()
    if not url:
        return None
    model = environment.get(MODEL, "").strip()
    if not model:
        raise JudgeSettingsError(f"{URL} is set and {MODEL} is not: name the model that judges.")
    fallback = JudgeSettings(url, model)
    return JudgeSettings(
        url=url,
        model=model,
        key=environment.get(KEY) or fallback.key,
        concurrency=_whole_number(environment, CONCURRENCY, fallback.concurrency, 1),
        budget=_whole_number(environment, BUDGET, fallback.budget, 0),
        samples=_whole_number(environment, SAMPLES, fallback.samples, 1),
        timeout_s=float(_whole_number(environment, TIMEOUT, int(fallback.timeout_s), 1)),
        attempts=_whole_number(environment, ATTEMPTS, 0, 0) > 0,
    )


def _whole_number(environment: Mapping[str, str], name: str, fallback: int, least: int) -> int:
    value = environment.get(name, "").strip()
    if not value:
        return fallback
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise JudgeSettingsError(f"{name} is a whole number of at least {least}, not {value!r}.")
    return int(value)

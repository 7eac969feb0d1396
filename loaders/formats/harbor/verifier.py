"""`verifier/reward.txt` and `verifier/reward.json`: the reward as the verifier of a Harbor trial or step wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor.fields import finite_number, read_rewards
from loaders.json_lines import decode_document
from loaders.tables import Attempt, BadRecord, Record

NAME = "harbor_verifier"
VERSION = 1
IDENTITY = "place"

_REWARDS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float | bool | dict[str, msgspec.Raw])


def matches(artifact: Artifact) -> bool:
    """True for reward.txt and reward.json in a folder named `verifier`, whatever they hold."""
    return artifact.name in ("reward.txt", "reward.json") and artifact.directory.name == "verifier"


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `Attempt` with the reward, and a `BadRecord` a reward that is no number.

    Raises UnreadableArtifactError for a file that is empty or holds no reward at all.
    """
    bad: list[BadRecord] = []
    reward = _json_reward(artifact.data, bad) if artifact.name == "reward.json" else _text_reward(artifact.data)
    yield Attempt(evidence="reward_file", step_name=_step_name(artifact.directory.parent), reward=reward)
    yield from bad


def _text_reward(data: bytes) -> float:
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    reward = finite_number(data.decode("utf-8-sig", errors="replace"))
    if reward is None:
        raise UnreadableArtifactError("not a finite number")
    return reward


def _json_reward(data: bytes, bad: list[BadRecord]) -> float | None:
    written = decode_document(data, _REWARDS)
    if not isinstance(written, dict):
        return float(written)
    reward, numbers = read_rewards(written, "", bad)
    if written and not numbers:
        raise UnreadableArtifactError("none of the rewards is a number")
    return reward


def _step_name(directory: Path) -> str | None:
    """Name of the step whose folder this is, in a trial of several steps (`steps/<step>`)."""
    return directory.name if directory.parent.name == "steps" else None

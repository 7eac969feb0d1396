"""Harbor's `config.json` of a trial: what was asked for, known before anything has run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import Agent, TaskSource, TrialConfig, last_folder, named, treatment
from loaders.salvage import read_document
from loaders.tables import Record, Trial

NAME = "harbor_trial_config"
VERSION = 1
IDENTITY = "place"

_NAMES_ITSELF = re.compile(rb'"trial_name"\s*:')
_NAMES_ITS_TASK = re.compile(rb'"task"\s*:\s*\{')


def matches(artifact: Artifact) -> bool:
    """True for a `config.json` with a trial name and one task; a job's has a job name and lists."""
    return (
        artifact.name == "config.json"
        and _NAMES_ITSELF.search(artifact.head) is not None
        and _NAMES_ITS_TASK.search(artifact.head) is not None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `Trial`, and a `BadRecord` an element that could not be read.

    Harbor leaves out of this file what stands at its default; here that is None.
    """
    config, bad = read_document(artifact.data, TrialConfig)
    agent = config.agent or Agent()
    task = config.task or TaskSource()
    yield Trial(
        evidence="harbor_config",
        trial_directory=str(artifact.directory),
        run_directory=str(artifact.directory.parent),
        trial_name=config.trial_name,
        task_name=task.name or last_folder(task.path),
        source=named(task.source),
        agent_type=agent.name or agent.import_path,
        model_id=agent.model_name,
        **treatment(config, "", bad),
    )
    yield from bad

"""What the build's connection is told by the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dbt.config.profile import Profile, read_profile
from dbt.config.renderer import ProfileRenderer
from dbt_common.context import set_invocation_context

PROJECT = Path(__file__).resolve().parents[3]


def settings(environment: dict[str, str]) -> dict[str, str]:
    set_invocation_context(environment)
    try:
        profile = read_profile(str(PROJECT))["agent_signals"]
        _, rendered = Profile.render_profile(profile, "agent_signals", "build", ProfileRenderer({}))
    finally:
        set_invocation_context(os.environ.copy())
    return dict(rendered["settings"])


@pytest.mark.parametrize(
    ("environment", "memory_limit"),
    [({}, "80%"), ({"AGENT_SIGNALS_MEMORY_LIMIT": ""}, "80%"), ({"AGENT_SIGNALS_MEMORY_LIMIT": "1GB"}, "1GB")],
)
def test_environment_bounds_memory(environment: dict[str, str], memory_limit: str) -> None:
    assert settings(environment) == {"memory_limit": memory_limit}

"""Where the real fixtures are: `AGENT_SIGNALS_FIXTURES`, or the tests that need them skip and say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Root of the real artifacts."""
    value = os.environ.get("AGENT_SIGNALS_FIXTURES")
    if not value:
        pytest.skip("AGENT_SIGNALS_FIXTURES is not set: no real artifacts to test against")
    return Path(value)

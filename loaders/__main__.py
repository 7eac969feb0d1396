"""`python -m loaders`: land what is new, with a progress bar."""

from __future__ import annotations

from agent_signals.__main__ import land_command

if __name__ == "__main__":
    land_command(prog_name="python -m loaders")

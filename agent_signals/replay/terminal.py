"""Going through a trace by keys."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from agent_signals.replay.screen import screen
from agent_signals.replay.trace import Trace

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_CLEAR = "\x1b[H\x1b[2J"
# what a terminal sends at once may be several keys
_KEY = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|.", re.DOTALL)
_ACTIONS = {
    "forward": ("\x1b[C", "\x1bOC", "l", " ", "\r", "\n"),
    "back": ("\x1b[D", "\x1bOD", "h", "b", "\x7f"),
    "next_failure": ("n",),
    "previous_failure": ("p", "N"),
    "down": ("\x1b[B", "\x1bOB", "j"),
    "up": ("\x1b[A", "\x1bOA", "k"),
    "page_down": ("\x1b[6~", "d"),
    "page_up": ("\x1b[5~", "u"),
    "first": ("g", "\x1b[H", "\x1b[1~", "\x1bOH"),
    "last": ("G", "\x1b[F", "\x1b[4~", "\x1bOF"),
    "quit": ("q", "Q", "\x03", "\x04"),
}
_ACTION_OF = {key: action for action, keys in _ACTIONS.items() for key in keys}


def step_through(trace: Trace, *, start: int = 0, color: bool = True) -> None:
    """Show a step a screen until the user quits; the screen is as it was before, afterwards."""
    view = View(trace, start)
    with _terminal() as pressed:
        while not view.is_done:
            width, height = shutil.get_terminal_size()
            lines = view.lines(width, height)
            shown = lines if color else [click.unstyle(line) for line in lines]
            click.echo(_CLEAR + "\n".join(shown), nl=False, color=True)
            for action in actions(pressed()):
                view.act(action, height)


def actions(pressed: str) -> list[str]:
    """What the keys that were pressed mean; keys without a meaning are left out, and the end of all input quits."""
    return [_ACTION_OF[key] for key in _KEY.findall(pressed or "q") if key in _ACTION_OF]


@contextmanager
def _terminal() -> Iterator[Callable[[], str]]:
    """A screen of its own, and what waits for keys. Between two keys nothing is echoed, and none is lost."""
    click.echo(_ENTER, nl=False, color=True)
    try:
        with _unbuffered_keys() as pressed:
            yield pressed
    except KeyboardInterrupt:
        pass
    finally:
        click.echo(_LEAVE, nl=False, color=True)


@contextmanager
def _unbuffered_keys() -> Iterator[Callable[[], str]]:
    try:
        import termios
        import tty
    except ImportError:  # no Unix
        yield click.getchar
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard, termios.TCSADRAIN)
    try:
        yield lambda: os.read(keyboard, 64).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


class View:
    """Which step is shown, and from which line of its text."""

    def __init__(self, trace: Trace, position: int = 0) -> None:
        self._trace = trace
        self._position = min(max(position, 0), len(trace.steps) - 1)
        self._offset = 0
        self._last_offset = 0
        self.is_done = False

    @property
    def position(self) -> int:
        return self._position

    def lines(self, width: int, height: int) -> list[str]:
        """The screen, styled."""
        lines, self._last_offset = screen(self._trace, self._position, self._offset, width, height)
        return lines

    def act(self, action: str, height: int = 24) -> None:
        """Do what a key asks for; beyond the ends nothing happens."""
        if action == "quit":
            self.is_done = True
        elif action in ("down", "up", "page_down", "page_up"):
            lines = max(height - 8, 1) if action.startswith("page") else 1
            moved = self._offset + (lines if action.endswith("down") else -lines)
            self._offset = min(max(moved, 0), self._last_offset)
        else:
            self._go(self._destination(action))

    def _destination(self, action: str) -> int:
        failures = self._trace.failures
        if action == "next_failure":
            return next((each for each in failures if each > self._position), self._position)
        if action == "previous_failure":
            return next((each for each in reversed(failures) if each < self._position), self._position)
        if action in ("first", "last"):
            return 0 if action == "first" else len(self._trace.steps) - 1
        return self._position + (1 if action == "forward" else -1)

    def _go(self, position: int) -> None:
        position = min(max(position, 0), len(self._trace.steps) - 1)
        if position != self._position:
            self._position, self._offset = position, 0

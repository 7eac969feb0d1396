"""Texts of synthetic sessions: prose, source files and long outputs, cut from a stock that is written once."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from random import Random

_PROSE = (
    "the parser of an amount keeps its sign while a route is matched against every path and cache entries stay until "
    "the oldest one leaves so tests read the calendar twice before they fail on a value that was rounded too early"
)
_WORDS = _PROSE.split()
_STOCK_LINES = 20_000
_STOCK_WORDS = 40_000


class Stock:
    """Lines that look like source code, one text of all of them, and one text of prose."""

    def __init__(self) -> None:
        rng = Random("stock")
        self.lines = [_line(rng) for _ in range(_STOCK_LINES)]
        self.text = "\n".join(self.lines)
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        words = rng.choices(_WORDS, k=_STOCK_WORDS)
        self.prose = " ".join(f"{word}." if rng.random() < 0.07 else word for word in words)
        self.signature = "".join(rng.choices("ABCDEFGHabcdefgh01234567+/", k=20_000))


@cache
def stock() -> Stock:
    """The stock, the same in every process."""
    return Stock()


def prose(rng: Random, length: int) -> str:
    """About that many characters of prose, whole words."""
    text = stock().prose
    start = text.index(" ", rng.randrange(len(text) - length - 40)) + 1
    return text[start : text.index(" ", start + length)].capitalize()


def output(rng: Random, length: int) -> str:
    """Exactly that many characters of lines, as a tool prints them."""
    text = stock().text
    start = rng.randrange(len(text) - length)
    return text[start : start + length]


def signature(rng: Random, length: int) -> str:
    """What stands for an encrypted signature of that length."""
    text = stock().signature
    start = rng.randrange(len(text) - length)
    return text[start : start + length]


def length(rng: Random, median: float, spread: float, longest: int) -> int:
    """A length in characters from a lognormal distribution, at least 1."""
    return max(1, min(round(median * rng.lognormvariate(0.0, spread)), longest))


class SourceFile:
    """A file of a synthetic repository: a piece of the stock that its number alone decides."""

    def __init__(self, repository: int, number: int) -> None:
        rng = Random(f"file/{repository}/{number}")
        folder, name = rng.choice(_WORDS), rng.choice(_WORDS)
        self.path = f"src/{folder}/{name}_{number}.py"
        self.line_count = rng.randint(80, 1200)
        self.hot_lines = [rng.randint(1, self.line_count - 20) for _ in range(3)]
        """Lines around which most changes are made."""
        self._offset = rng.randrange(_STOCK_LINES - self.line_count)

    def lines(self, first: int, count: int) -> list[str]:
        """Lines `first` (1-based) to `first + count - 1`, as far as the file has them."""
        return stock().lines[self._offset + first - 1 : self._offset + min(first - 1 + count, self.line_count)]

    def text(self, first: int = 1, count: int = 2000) -> str:
        """The same lines as one text."""
        starts = stock().starts
        last = min(first - 1 + count, self.line_count)
        return stock().text[starts[self._offset + first - 1] : starts[self._offset + last] - 1]


@cache
def source_file(repository: int, number: int) -> SourceFile:
    """The file of that number in the repository of that number."""
    return SourceFile(repository, number)


def _line(rng: Random) -> str:
    one, two = rng.choice(_WORDS), rng.choice(_WORDS)
    match rng.randrange(6):
        case 0:
            return f"def {one}_{two}(value, limit={rng.randrange(1000)}):"
        case 1:
            return f'    """{" ".join(rng.choices(_WORDS, k=rng.randint(4, 14))).capitalize()}."""'
        case 2:
            return f"    {one}_ = [item for item in value if item != {rng.randrange(1000)}]"
        case 3:
            return f"    if {one}_ and {two}_ > {rng.randrange(100)}:"
        case 4:
            return f"        return {one}_[:limit]"
        case _:
            return ""

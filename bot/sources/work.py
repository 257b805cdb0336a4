"""How much a mapping may do: counted, not timed, so that the same request fares the same on a busy machine."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

STEP = 20  # units for a look-up, a call, a round of a loop; reading or writing a character is one
MOST = 5_000_000  # units for one request, whatever it holds: well under a second on any machine


class Exhausted(Exception):
    """The mapping wanted more than it may."""


class Work:
    __slots__ = ("left", "patterns")

    def __init__(self, left: int) -> None:
        self.left = left
        self.patterns: dict[str, Any] = {}  # those paid for


WORK: ContextVar[Work] = ContextVar("work")


@contextmanager
def limited(most: int = MOST) -> Iterator[Work]:
    """Within this no more than `most` units can be spent; outside nothing can be."""
    token = WORK.set(work := Work(most))
    try:
        yield work
    finally:
        WORK.reset(token)


@contextmanager
def within() -> Iterator[Work]:
    """What is left of the limit that holds here; a new one where none does."""
    work = WORK.get(None)
    if work is not None:
        yield work
        return
    with limited() as work:
        yield work


def spend(units: int) -> None:
    work = WORK.get()
    work.left -= units
    if work.left < 0:
        raise Exhausted("it is too much work: it reads, repeats or writes more than a mapping may")


def weigh(value: Any) -> None:
    """Spend what it costs to read all of `value`."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        spend(len(one) + 1 if isinstance(one, str) else STEP)
        if isinstance(one, dict):
            waiting.extend(one)
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)


def rounds(values: Iterable[Any]) -> Iterator[Any]:
    """`values`, each for a step."""
    for value in values:
        spend(STEP)
        yield value

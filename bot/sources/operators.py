"""The operators of a mapping's language, put so that they count what they do."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from bot.sources.wording import cut, kind, written
from bot.sources.work import STEP, rounds, spend, weigh

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "lteq": operator.le, "gt": operator.gt,
    "gteq": operator.ge, "in": lambda one, many: one in many, "notin": lambda one, many: one not in many,
}  # fmt: skip
HEAVY = (str, list, tuple, dict)


def compared(left: Any, *more: Any) -> bool:
    """`left < x < y` as pairs of operator and value; what an operator reads is counted."""
    for name, right in zip(more[::2], more[1::2], strict=True):
        spend(STEP)
        _weigh_comparison(name, left, right)
        if not COMPARISONS[name](left, right):
            return False
        left = right
    return True


def _weigh_comparison(name: str, left: Any, right: Any) -> None:
    """A number is compared at once; a name is found in an object at once."""
    if isinstance(left, HEAVY) and isinstance(right, HEAVY):
        weigh(left)
    is_lookup = name in {"in", "notin"} and isinstance(right, dict)
    if not is_lookup and isinstance(right, HEAVY) and (isinstance(left, HEAVY) or name in {"in", "notin"}):
        weigh(right)


def joined(*values: Any) -> str:
    return cut("".join([written(one) for one in values]))


def sliced(value: Any, start: Any, stop: Any, step: Any) -> Any:
    spend(STEP)
    if not isinstance(value, str | list | tuple):
        raise TypeError(f"{kind(value)} cannot be cut")
    spend(len(value))
    return value[start:stop:step]


EACH, COMPARED, JOINED, SLICED = "(each)", "(compared)", "(joined)", "(sliced)"
"""What the operators of the language become, so that they are counted too; nobody can write these names."""
OPERATORS: Mapping[str, Callable[..., Any]] = {EACH: rounds, COMPARED: compared, JOINED: joined, SLICED: sliced}

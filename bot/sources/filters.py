"""What may stand behind a | in a mapping. Jinja's own words where there are such; all are counted and bounded."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote

from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined

from bot.sources.instants import instant
from bot.sources.search import compiled, matched
from bot.sources.wording import LONGEST, cut, kind, written
from bot.sources.work import STEP, rounds, spend, weigh

LONGEST_ARGUMENT = 2_000  # characters
MOST_DIGITS = 15
NOT_SLUG = re.compile(r"[^a-z0-9]+")
Filter = Callable[..., Any]


def _of_text(function: Filter) -> Filter:
    """Whatever comes is written first; what is made of it is cut."""

    @wraps(function)
    def counted(value: Any, *arguments: Any, **named: Any) -> Any:
        _allow(arguments, named)
        spend(STEP)
        made = function(written(value), *arguments, **named)
        if isinstance(made, str):
            spend(len(made))
            return cut(made)
        return made

    return counted


def _of_list(function: Filter) -> Filter:
    """A list, or the names in an object; all that it holds is read."""

    @wraps(function)
    def counted(value: Any, *arguments: Any, **named: Any) -> Any:
        _allow(arguments, named)
        if not isinstance(_there(value), list | tuple | dict):
            raise TypeError(f"a list is needed, and {kind(value)} is there")
        weigh(value)
        return function(list(value), *arguments, **named)

    return counted


def _allow(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    for one in (*arguments, *named.values()):
        if isinstance(one, str) and len(one) > LONGEST_ARGUMENT:
            raise SecurityError(f"what stands in the brackets of a filter can have {LONGEST_ARGUMENT} characters")
        _there(one)


def _there(value: Any) -> Any:
    """The value; what is missing says so."""
    if isinstance(value, Undefined):
        str(value)
    return value


def default(value: Any, instead: Any = "", empty_too: bool = False) -> Any:
    spend(STEP)
    return instead if isinstance(value, Undefined) or value is None or (empty_too and not value) else value


def length(value: Any) -> int:
    spend(STEP)
    return len(_there(value))


def items(value: Any) -> list[tuple[Any, Any]]:
    """Also where the object has a member of that name."""
    if not isinstance(_there(value), dict):
        raise TypeError(f"an object is needed, and {kind(value)} is there")
    spend(STEP * len(value))
    return list(value.items())


def first(value: list[Any]) -> Any:
    return value[0] if value else None


def last(value: list[Any]) -> Any:
    return value[-1] if value else None


def join(value: list[Any], between: str = "", attribute: str | None = None) -> str:
    parts, size = [], 0
    for one in value if attribute is None else _members(value, attribute):
        parts.append(written(one))
        size += len(parts[-1]) + len(between)
        if size > LONGEST:
            break
    spend(size)
    return cut(between.join(parts))


def mapped(value: list[Any], attribute: str) -> list[Any]:
    return list(_members(value, attribute))


def selected(value: list[Any], attribute: str, wanted: Any = True) -> list[Any]:
    return [one for one, told in zip(value, _members(value, attribute), strict=True) if told == wanted]


def rejected(value: list[Any], attribute: str, unwanted: Any = True) -> list[Any]:
    return [one for one, told in zip(value, _members(value, attribute), strict=True) if told != unwanted]


def _members(value: list[Any], path: str) -> Iterable[Any]:
    for one in rounds(value):
        found = one
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        yield found


def unique(value: list[Any]) -> list[Any]:
    kept: dict[str, Any] = {}
    for one in value:
        kept.setdefault(written(one), one)
    return list(kept.values())


def replace(value: str, old: str, new: str) -> str:
    """Without `old` nothing is replaced."""
    if not old:
        return value
    spend(value.count(old) * len(new))
    return value.replace(old, new)


def truncate(value: str, characters: int = 255) -> str:
    return value if len(value) <= characters else value[: max(0, characters - 1)] + "…"


def slug(value: str) -> str:
    return NOT_SLUG.sub("-", value.lower()).strip("-")


def regex_search(value: str, pattern: str, group: int | str | None = None) -> str:
    """What matches, or its first group when there are groups; empty when nothing does."""
    regex = compiled(pattern)
    number = regex.groupindex.get(group, -1) if isinstance(group, str) else group
    if number is None:
        number = min(regex.groups, 1)
    if not 0 <= number <= regex.groups:
        raise ValueError(f"the pattern has no group {group}")
    found = matched(regex, value)
    return (found[number] or "") if found else ""


def num(value: Any, digits: int = 0) -> str:
    """A number in plain figures, rounded: 1234.50."""
    spend(STEP)
    wanted = float(_there(value))
    if not math.isfinite(wanted) or abs(wanted) >= 10**MOST_DIGITS or not 0 <= digits <= MOST_DIGITS:
        raise ValueError(f"{str(value)[:40]} cannot be written with {str(digits)[:40]} digits after the point")
    return f"{wanted:.{digits}f}"


def whole(value: Any, instead: int = 0) -> int:
    spend(STEP)
    try:
        return int(str(value)[:40]) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return instead


def decimal(value: Any, instead: float = 0.0) -> float:
    spend(STEP)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return instead


def magnitude(value: Any) -> Any:
    spend(STEP)
    return abs(_there(value))


def tojson(value: Any) -> str:
    """At once and whole, so that it is JSON whatever it holds."""
    weigh(_there(value))
    return cut(json.dumps(value, ensure_ascii=False))


def from_json(value: str) -> Any:
    return json.loads(value, strict=False)


TEXT: Mapping[str, Filter] = {
    "capitalize": str.capitalize, "lower": str.lower, "title": str.title, "upper": str.upper, "trim": str.strip,
    "string": str, "replace": replace, "truncate": truncate, "slug": slug, "regex_search": regex_search,
    "urlencode": lambda text: quote(text, safe=""), "from_json": from_json, "dt": instant,
}  # fmt: skip
LISTS: Mapping[str, Filter] = {
    "first": first, "last": last, "join": join, "map": mapped, "selectattr": selected, "rejectattr": rejected,
    "unique": unique, "sort": sorted, "reverse": lambda value: value[::-1], "min": min, "max": max, "sum": sum,
    "list": list,
}  # fmt: skip
OTHERS: Mapping[str, Filter] = {
    "default": default, "d": default, "length": length, "count": length, "items": items, "num": num, "int": whole,
    "float": decimal, "abs": magnitude, "tojson": tojson,
}  # fmt: skip
FILTERS: Mapping[str, Filter] = {
    **{name: _of_text(one) for name, one in TEXT.items()}, **{name: _of_list(one) for name, one in LISTS.items()},
    **OTHERS,
}  # fmt: skip

"""Reading what many systems write: JSON that is nearly JSON, and words that stand where numbers should."""

import json
import math
from collections.abc import Mapping
from typing import Any

from bot.sources.adapter import Unmapped

DEEPEST = 64
Json = dict[str, Any]


def object_in(body: bytes) -> Json:
    """The JSON object in `body`; line breaks within texts are allowed, since several systems send them so."""
    value = value_in(body)
    if not isinstance(value, dict):
        raise Unmapped(f"the body is a JSON {type(value).__name__}, not an object")
    return value


def value_in(body: bytes) -> Any:
    """NaN, Infinity and what is too large for a number are texts: PagerDuty refuses them as numbers."""
    try:
        return json.loads(body.decode("utf-8-sig"), strict=False, parse_constant=str, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise Unmapped(f"the body is not JSON: {error}") from error


def _number(told: str) -> float | str:
    number = float(told)
    return number if math.isfinite(number) else told


def text(of: Mapping[str, Any], *names: str) -> str | None:
    """The first of these members that holds something to be read as text; numbers and flags too."""
    for name in names:
        value = of.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float) or (isinstance(value, str) and value.strip()):
            return str(value).strip()
    return None


def inner(of: Mapping[str, Any], *names: str) -> Json:
    """The object along this path; empty when there is none."""
    found: Any = of
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def objects(of: Mapping[str, Any], name: str) -> list[Json]:
    """Those members of a list that are objects."""
    value = of.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def one_line(said: str) -> str:
    return " ".join(said.split())

"""Reading what many systems write: JSON that is nearly JSON, and words that stand where numbers should."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from bot.sources.adapter import Unmapped

HALF = re.compile(r"\\u(?:d[89a-f]|0000)|\0", re.IGNORECASE)
Json = dict[str, Any]


def object_in(body: bytes) -> Json:
    """The JSON object in `body`; line breaks within texts are allowed, since several systems send them so."""
    return _object(value_in(body))


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise Unmapped(f"the body is a JSON {type(value).__name__}, not an object")
    return value


def glanced(body: bytes) -> Json:
    """The same object as it was written, at a tenth of the price: enough to see who sent it, not to keep it."""
    try:
        found = json.loads(body.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Unmapped(f"the body is not JSON: {error}") from error
    return _object(found)


def value_in(body: bytes) -> Any:
    try:
        written = body.decode("utf-8-sig")
        found = LENIENT.decode(written)
        is_suspect = "\\u" in written or "\0" in written  # a tenth of the price of looking closely
        return _clean(found) if is_suspect and HALF.search(written) else found
    except (ValueError, RecursionError) as error:
        raise Unmapped(f"the body is not JSON: {error}") from error


def _clean(found: Any) -> Any:
    """Without halves of characters and NUL, which no database keeps and nobody takes from us."""
    if isinstance(found, str):
        return found.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(found, list):
        return [_clean(each) for each in found]
    if isinstance(found, dict):
        return {_clean(name): _clean(value) for name, value in found.items()}
    return found


def _number(written: str) -> float | str:
    """What no number can hold stays as it was written: JSON has no word for it, so nobody would take it from us."""
    found = float(written)
    return found if math.isfinite(found) else written


LENIENT = json.JSONDecoder(strict=False, parse_constant=str, parse_float=_number)


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

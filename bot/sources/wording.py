"""Values as a mapping writes them: text as it is, null as nothing, and everything else as JSON does."""

import json
from typing import Any

from jinja2.runtime import Undefined

from bot.sources.work import spend

LONGEST = 20_000  # characters of any text that a mapping makes; the rest is cut off
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def written(value: Any) -> str:
    """TypeError for what is no JSON."""
    if isinstance(value, str):
        spend(len(value))
        return value
    if value is None:
        return ""
    if isinstance(value, Undefined):
        return str(value)  # which says what is missing
    parts, length = [], 0
    for part in _ENCODER.iterencode(value):
        spend(len(part) + 1)
        parts.append(part)
        length += len(part)
        if length > LONGEST:
            break
    return cut("".join(parts))


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def kind(value: Any) -> str:
    return {dict: "an object", str: "text", bool: "a flag", type(None): "null"}.get(type(value), "a number")

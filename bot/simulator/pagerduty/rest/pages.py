"""Classic pagination: https://developer.pagerduty.com/docs/pagination."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest.call import Call, Json

Item = TypeVar("Item")
DEFAULT, LARGEST, FARTHEST = 25, 100, 10_000


def page(call: Call, name: str, items: Sequence[Item], shape: Callable[[Item], Json]) -> Json:
    """One page under `name`; `total` is counted only on `total=true`."""
    limit, offset = _number(call, "limit", DEFAULT), _number(call, "offset", 0)
    if limit > LARGEST or offset + limit > FARTHEST:
        raise invalid(f"Limit must be at most {LARGEST} and offset + limit at most {FARTHEST}")
    return {
        name: [shape(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "offset": offset,
        "more": offset + limit < len(items),
        "total": len(items) if call.query.get("total") == "true" else None,
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise invalid(f"{name.capitalize()} must be a number")
    return int(text)

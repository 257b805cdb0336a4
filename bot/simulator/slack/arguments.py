"""A call's arguments in the three forms Slack takes: query string, form, JSON body.

https://docs.slack.dev/apis/web-api/#methods
"""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.simulator.slack.refusals import Refusal


class Arguments:
    """Read by name; every reader turns what any of the forms carries into one type."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str) -> bool:
        return str(self._values.get(name, "")).lower() in {"1", "true"}

    def number(self, name: str, default: int, *, error: str = "invalid_arguments") -> int:
        try:
            return int(self._values.get(name, default))
        except (TypeError, ValueError) as unreadable:
            raise Refusal(error) from unreadable

    def ids(self, name: str) -> list[str]:
        """A list, a JSON list or a comma-separated text."""
        value = self._values.get(name, "")
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else value.split(",")
        return [str(each).strip() for each in value if str(each).strip()]

    def structure(self, name: str, kind: type, *, error: str) -> Any:
        """A JSON value, or text that holds one; None when absent, refused with `error` when it is not a `kind`."""
        value = self._values.get(name)
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError as unreadable:
                raise Refusal(error) from unreadable
        if value in (None, ""):
            return None
        if not isinstance(value, kind):
            raise Refusal(error)
        return value

    def require(self, *names: str) -> None:
        """Refuses as Slack does for arguments that are missing."""
        missing = [name for name in names if self._values.get(name) in (None, "")]
        if missing:
            raise Refusal("invalid_arguments", *(f"missing required field: {name}" for name in missing))


async def arguments(request: web.Request) -> Arguments:
    """What the caller gave; the body wins over the query string."""
    if request.content_type == "application/json":
        return Arguments({**request.query, **await _json_body(request)})
    return Arguments({**request.query, **{name: str(value) for name, value in (await request.post()).items()}})


async def _json_body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except ValueError as unreadable:
        raise Refusal("invalid_json") from unreadable
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    return body

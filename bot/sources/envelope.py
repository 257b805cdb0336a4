"""CloudEvents 1.0 over HTTP: structured, binary and batch.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from bot.domain.signal import Signal
from bot.sources.adapter import Received, Unmapped
from bot.sources.reading import Json, text, value_in

REQUIRED = ("id", "source", "type")
ATTRIBUTES = {*REQUIRED, "specversion", "datacontenttype", "dataschema", "subject", "time", "data", "data_base64"}
HEADER = "ce-"


@dataclass(frozen=True, kw_only=True)
class CloudEvent:
    """`data`: what JSON holds, or text; None when there is none. `extensions`: the attributes that are not the
    specification's."""

    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    data: Any = None
    extensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The specification has `source` and `id` name an event; with its type, a producer that uses an id twice loses
        nothing."""
        return f"{self.source} {self.id} {self.type}"


def signals(received: Received, signals_of: Callable[[CloudEvent], Sequence[Signal]]) -> list[Signal]:
    """Of every event of the request. Those that cannot be read do not keep the others from being heard."""
    told, found, wrong = messages(received), list[Signal](), list[str]()
    for nth, one in enumerate(told):
        try:
            found += signals_of(cloud_event(one))
        except Unmapped as complaint:
            wrong.append(f"event {nth} of the batch: {complaint}" if len(told) > 1 else str(complaint))
    if wrong:
        raise Unmapped("; ".join(wrong), found)
    return found


def key(received: Received) -> str | None:
    """A batch has no name of its own; its events have."""
    told = messages(received)
    return cloud_event(told[0]).key if len(told) == 1 else None


def messages(received: Received) -> list[Any]:
    """In the structured form, whichever they came in. A sender that forgets the media type is understood."""
    kind = received.headers.get("content-type", "").lower()
    if HEADER + "type" in received.headers and not kind.startswith("application/cloudevents"):
        return [_binary(received, kind)]
    value = value_in(received.body)
    return value if isinstance(value, list) else [value]


def _binary(received: Received, kind: str) -> Json:
    names = [name for name in received.headers if name.startswith(HEADER)]
    told = {name.removeprefix(HEADER): _decoded_header(received.headers[name]) for name in names}
    return {**told, "data": _payload(received.body, is_json="json" in kind)}


def _decoded_header(value: str) -> str:
    """Bytes that are no text are question marks."""
    return unquote(value).encode("utf-8", "replace").decode()


def _payload(body: bytes, *, is_json: bool) -> Any:
    """JSON where it is JSON, else text; None when there is none."""
    if not body.strip():
        return None
    try:
        return value_in(body)
    except Unmapped:
        if is_json:
            raise
        return body.decode("utf-8", "replace")


def cloud_event(told: Any) -> CloudEvent:
    if not isinstance(told, dict):
        raise Unmapped(f"a CloudEvent is a JSON object, not a {type(told).__name__}")
    for name in REQUIRED:
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise Unmapped(f"the attribute {name!r} is missing or blank")
    others = {name: said for name in told.keys() - ATTRIBUTES if (said := text(told, name))}
    return CloudEvent(
        id=told["id"], source=told["source"], type=told["type"], subject=text(told, "subject"),
        time=text(told, "time"), data=_data(told), extensions=others,
    )  # fmt: skip


def _data(told: Json) -> Any:
    """Some senders write the object as a text that holds it."""
    data, encoded = told.get("data"), told.get("data_base64")
    if data is None and isinstance(encoded, str):
        data = _decoded(encoded)
    if isinstance(data, str) and data.lstrip().startswith("{"):
        return _payload(data.encode("utf-8", "replace"), is_json=False)
    return data


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except ValueError as error:
        raise Unmapped(f"'data_base64' is not base64: {error}") from error

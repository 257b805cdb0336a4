"""What a request holds when nobody says what its sender is: JSON, a form, or text."""

from typing import Any
from urllib.parse import parse_qsl

from bot.sources.adapter import Received, Unmapped
from bot.sources.reading import value_in

MOST_FIELDS = 1_000
FORM = "application/x-www-form-urlencoded"


def body_of(received: Received) -> Any:
    """JSON where it begins like it, whatever it is called: many send it as a form or as nothing. A field that a form
    has several times is a list. Unmapped for what begins like JSON and is none."""
    body, kind = received.body.strip(), received.headers.get("content-type", "").lower()
    if body[:1] in {b"{", b"["} or body[:4] == b"\xef\xbb\xbf{" or "json" in kind:
        return value_in(body)
    if FORM in kind:
        return _form(body)
    return body.decode("utf-8", "replace")


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unmapped(f"the form cannot be read: {error}") from error
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}

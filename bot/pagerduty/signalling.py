"""A signal as PagerDuty's Events API v2 takes it: https://developer.pagerduty.com/docs/send-alert-event.

Nothing that a source sent makes PagerDuty refuse the event: what is too long is cut or named by its hash, what is
malformed is left out or moved to custom_details.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.signal import Signal

ALERT, CHANGE = "/v2/enqueue", "/v2/change/enqueue"
LONGEST_SUMMARY, LONGEST_KEY, LONGEST_NAME = 1024, 255, 1024  # characters
LONGEST_ADDRESS = 4_096  # characters; a cut one would lead nowhere, so it is left out
LARGEST = 500 * 1024  # bytes of the event; PagerDuty takes 512 KB, the routing key and its like included
MOST_LINKS = 50
Json = dict[str, Any]


def dedup_key(wanted: str) -> str:
    """As PagerDuty takes it: one that is too long is the same key for the same text still."""
    if len(wanted) <= LONGEST_KEY:
        return wanted
    return "sha256:" + hashlib.sha256(wanted.encode("utf-8", "replace")).hexdigest()


def event_of(signal: Signal) -> tuple[str, Json]:
    """Path and body, without the routing key. `signal` is anything but ignored."""
    if signal.action == "change":
        body: Json = {"payload": _change(signal), "links": _links(signal)}
        return CHANGE, _fitting({name: value for name, value in body.items() if value})
    body = {"event_action": signal.action, "dedup_key": dedup_key(signal.dedup_key)}
    if signal.action != "trigger":
        return ALERT, body
    more = {
        "payload": _alert(signal), "client": _cut(signal.client),
        "client_url": signal.client_url if _is_short(signal.client_url or "") else None,
        "links": _links(signal), "images": _images(signal),
    }  # fmt: skip
    return ALERT, _fitting({**body, **{name: value for name, value in more.items() if value}})


def _alert(signal: Signal) -> Json:
    known = {
        "summary": _summary(signal), "severity": signal.severity or "error", "source": _cut(signal.source) or "unknown",
        "component": _cut(signal.component), "group": _cut(signal.group), "class": _cut(signal.class_),
        "timestamp": _instant(signal.timestamp), "custom_details": _details(signal),
    }  # fmt: skip
    return {name: value for name, value in known.items() if value}


def _change(signal: Signal) -> Json:
    known = {
        "summary": _summary(signal), "source": _cut(signal.source), "timestamp": _instant(signal.timestamp),
        "custom_details": _details(signal),
    }  # fmt: skip
    return {name: value for name, value in known.items() if value}


def _summary(signal: Signal) -> str:
    return _cut(signal.summary, LONGEST_SUMMARY) or "(nothing was said)"


def _cut(text: str | None, longest: int = LONGEST_NAME) -> str | None:
    return text if text is None or len(text) <= longest else text[: longest - 1] + "…"


def _instant(said: str | None) -> str | None:
    """Only what is a time: PagerDuty refuses an event for any other."""
    try:
        return said if said and datetime.fromisoformat(said) else None
    except ValueError:
        return None


def _details(signal: Signal) -> Json:
    odd = signal.timestamp and not _instant(signal.timestamp)
    return {**signal.custom_details, **({"timestamp": signal.timestamp} if odd else {})}


def _links(signal: Signal) -> list[Json]:
    found = [one for one in signal.links if one.href.startswith(("https://", "http://")) and _is_short(one.href)]
    return [{"href": one.href, **({"text": one.text} if one.text else {})} for one in found[:MOST_LINKS]]


def _is_short(address: str) -> bool:
    return len(address) <= LONGEST_ADDRESS


def _images(signal: Signal) -> list[Json]:
    found = [one for one in signal.images if one.src.startswith("https://") and _is_short(one.src + one.href)]
    return [
        {name: value for name, value in (("src", one.src), ("href", one.href), ("alt", one.alt)) if value}
        for one in found[:MOST_LINKS]
    ]


def _fitting(body: Json) -> Json:
    """What is too large says so in the place of its details."""
    if _size(body) <= LARGEST:
        return body
    error = {"error": f"The details were left out: with them the event has {_size(body)} bytes, PagerDuty takes 512 KB"}
    payload: Mapping[str, Any] = body["payload"]
    small = {**body, "payload": {**payload, "custom_details": error}}
    return small if _size(small) <= LARGEST else {**small, "links": [], "images": []}


def _size(body: Json) -> int:
    return len(json.dumps(body))

"""Whatever speaks PagerDuty's Events API v2 already: the same bodies, the same answers, kept and shown on the way.

https://developer.pagerduty.com/docs/send-alert-event and https://developer.pagerduty.com/docs/send-change-event
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from bot.domain.signal import SEVERITIES, Action, Image, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.naming import ALERTS, CHANGES, DOOR
from bot.sources.reading import Json, inner, object_in, objects, text

ACTIONS = ("trigger", "acknowledge", "resolve")
LONGEST_SUMMARY, LONGEST_KEY = 1024, 255  # characters


def mapper(settings: SourceSettings) -> Mapper:
    return partial(signals, settings)


def signals(settings: SourceSettings, received: Received) -> Sequence[Signal]:
    told = object_in(received.body)
    door = received.headers.get(DOOR) or (ALERTS if "event_action" in told else CHANGES)
    wrong = complaints(told, door)
    if wrong:
        raise Unmapped("; ".join(wrong))
    return [_alert(told) if door == ALERTS else _change(told)]


def signal_of(told: Json) -> Signal:
    """Of an event that nothing is wrong with."""
    return _alert(told) if "event_action" in told else _change(told)


def complaints(told: Mapping[str, Any], door: str) -> list[str]:
    """What PagerDuty would say at this door is wrong with the event, in its words; empty: nothing."""
    if not text(told, "routing_key"):
        return ["'routing_key' is missing or blank"]
    return alert_complaints(told) if door == ALERTS else change_complaints(told)


def alert_complaints(told: Mapping[str, Any]) -> list[str]:
    action, payload, wrong = told.get("event_action"), inner(told, "payload"), []
    if action not in ACTIONS:
        wrong.append("'event_action' must be one of trigger, acknowledge, resolve")
    if action in ACTIONS[1:] and not text(told, "dedup_key"):
        wrong.append("'dedup_key' is missing or blank")
    if len(text(told, "dedup_key") or "") > LONGEST_KEY:
        wrong.append(f"'dedup_key' has more than {LONGEST_KEY} characters")
    if action == "trigger":
        wrong += [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not text(payload, name)]
        if payload.get("severity") not in SEVERITIES:
            wrong.append("'payload.severity' must be one of critical, error, warning, info")
    return wrong


def change_complaints(told: Mapping[str, Any]) -> list[str]:
    return [] if text(inner(told, "payload"), "summary") else ["'payload.summary' is missing or blank"]


def _alert(told: Json) -> Signal:
    payload = inner(told, "payload")
    return Signal(
        action=cast(Action, told["event_action"]), dedup_key=text(told, "dedup_key") or "",
        summary=text(payload, "summary") or "", severity=cast(Severity | None, payload.get("severity")),
        source=text(payload, "source") or "", component=text(payload, "component"), group=text(payload, "group"),
        class_=text(payload, "class"), timestamp=text(payload, "timestamp"), custom_details=_details(payload),
        links=_links(told), images=_images(told), client=text(told, "client"), client_url=text(told, "client_url"),
    )  # fmt: skip


def _change(told: Json) -> Signal:
    payload = inner(told, "payload")
    return Signal(
        action="change", summary=text(payload, "summary") or "", source=text(payload, "source") or "",
        timestamp=text(payload, "timestamp"), custom_details=_details(payload), links=_links(told),
        images=_images(told),
    )  # fmt: skip


def _details(payload: Json) -> Json:
    """PagerDuty takes texts and lists too, and shows them as they are."""
    told = payload.get("custom_details")
    return told if isinstance(told, dict) else {} if told is None else {"details": told}


def _links(told: Json) -> tuple[Link, ...]:
    return tuple(Link(href, text(one, "text") or "") for one in objects(told, "links") if (href := text(one, "href")))


def _images(told: Json) -> tuple[Image, ...]:
    return tuple(
        Image(src, text(one, "href") or "", text(one, "alt") or "")
        for one in objects(told, "images") if (src := text(one, "src"))
    )  # fmt: skip


def setup(setup: Setup) -> str:
    return (
        "Send what you send to https://events.pagerduty.com/v2/enqueue and /v2/change/enqueue to\n"
        f"  {setup.url}/v2/enqueue\n  {setup.url}/v2/change/enqueue\n"
        f"instead, with the routing_key\n  {setup.secret}\n"
    )


EXAMPLE = {
    "routing_key": "THE-SECRET", "event_action": "trigger", "dedup_key": "db1/disk",
    "payload": {"summary": "The disk of db1 is full", "source": "db1", "severity": "error"},
}  # fmt: skip
ADAPTER = Adapter(
    name="events-v2", title="Events API v2", mapper=mapper, setup=setup, proof="routing_key",
    samples=(Sample("a disk is full", json.dumps(EXAMPLE).encode()),),
)  # fmt: skip

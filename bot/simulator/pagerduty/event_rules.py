"""What makes an event well formed: https://developer.pagerduty.com/docs/send-alert-event."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeGuard

Event = dict[str, Any]
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
LONGEST_SUMMARY, LONGEST_DEDUP_KEY, ROUTING_KEY, MOST_LINKS = 1024, 255, 32, 50


def alert_complaints(event: Event) -> list[str]:
    """What is wrong with an alert event, in PagerDuty's manner; empty when nothing is."""
    return [*_key(event), *_action(event), *_dedup_key(event), *_triggering(event), *_links(event)]


def change_complaints(event: Event) -> list[str]:
    """The same for a change event."""
    return [*_key(event), *_payload(event), *_links(event)]


def _key(event: Event) -> Iterator[str]:
    key = event.get("routing_key")
    if not _text(key):
        yield "'routing_key' is missing or blank"
    elif len(key) != ROUTING_KEY:
        yield f"Length of 'routing_key' is incorrect (should be {ROUTING_KEY} characters)"


def _action(event: Event) -> Iterator[str]:
    if event.get("event_action") not in ACTIONS:
        yield f"'event_action' is invalid (must be one of the following: {', '.join(ACTIONS)})"


def _dedup_key(event: Event) -> Iterator[str]:
    key = event.get("dedup_key")
    if not key and event.get("event_action") in ACTIONS[1:]:
        yield "'dedup_key' is missing or blank"
    if key is not None and not isinstance(key, str):
        yield "'dedup_key' must be a string"
    elif key and len(key) > LONGEST_DEDUP_KEY:
        yield f"'dedup_key' is too long (maximum is {LONGEST_DEDUP_KEY} characters)"


def _triggering(event: Event) -> Iterator[str]:
    """Only a trigger needs a payload."""
    if event.get("event_action") != "trigger":
        return
    yield from _payload(event)
    payload = event.get("payload")
    if not isinstance(payload, dict):
        return
    if not _text(payload.get("source")):
        yield "'payload.source' is missing or blank"
    if payload.get("severity") not in SEVERITIES:
        yield f"'payload.severity' is invalid (must be one of the following: {', '.join(SEVERITIES)})"


def _payload(event: Event) -> Iterator[str]:
    payload = event.get("payload")
    if not isinstance(payload, dict):
        yield "'payload' is missing or invalid"
        return
    summary = payload.get("summary")
    if not _text(summary):
        yield "'payload.summary' is missing or blank"
    elif len(summary) > LONGEST_SUMMARY:
        yield f"'payload.summary' is too long (maximum is {LONGEST_SUMMARY} characters)"
    if "custom_details" in payload and not isinstance(payload["custom_details"], dict | None):
        yield "'payload.custom_details' must be an object"
    if payload.get("timestamp") is not None and not _instant(payload["timestamp"]):
        yield "'payload.timestamp' must be ISO 8601"


def _links(event: Event) -> Iterator[str]:
    for name, needed in (("links", "href"), ("images", "src")):
        items = event.get(name) or []
        if not isinstance(items, list) or not all(isinstance(each, dict) and _text(each.get(needed)) for each in items):
            yield f"'{name}' must be an array of objects with '{needed}'"
        elif len(items) > MOST_LINKS:
            yield f"{name} should have at most {MOST_LINKS} item(s)"


def _text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _instant(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True

"""Any CloudEvents 1.0: what it means is read from the options, from its data, from its type, in this order."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, cast

from bot.domain.signal import SEVERITIES, Action, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources import envelope
from bot.sources.adapter import Adapter, Mapper, Sample, Setup
from bot.sources.envelope import CloudEvent
from bot.sources.options import checked, one_of, table_of, texts
from bot.sources.reading import Json, inner, one_line, text


def these(words: str) -> frozenset[str]:
    return frozenset(words.split())


WORDS: Mapping[Action, frozenset[str]] = {
    "trigger": these(
        "alarm alert alerting crashed critical degraded detected down error errored fail failed failing failure fatal "
        "firing incident open outage problem reported trigger triggered unhealthy violated warning"
    ),
    "acknowledge": these("acknowledge acknowledged"),
    "resolve": these(
        "clear cleared close closed completed healthy normal ok pass passed recovered resolve resolved restored "
        "succeeded success successful up"
    ),
    "change": these(
        "added change changed created deleted deployed finished merged modified promoted published pushed released "
        "removed restarted rolledback scaled started updated upgraded"
    ),
}
MEANING: Mapping[str, Action] = {word: action for action, those in WORDS.items() for word in those}
SEVERITY: Mapping[str, Severity] = {
    **{one: one for one in SEVERITIES}, "fatal": "critical", "emergency": "critical", "severe": "critical",
    "high": "error", "major": "error", "failed": "error", "warn": "warning", "medium": "warning", "minor": "warning",
    "low": "info", "informational": "info", "notice": "info",
}  # fmt: skip
VERSION = re.compile(r"(\.v?\d+)+$")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
SAYING = ("event_action", "action", "status", "state", "result", "outcome", "conclusion")
ACTIONS = ("trigger", "acknowledge", "resolve", "change", "ignore")


def mapper(settings: SourceSettings) -> Mapper:
    """Options: `actions`, patterns of types and what they do; `default`, what a type that says nothing does; `key`,
    the members that make up the dedup_key."""
    options = checked(settings, actions=table_of(one_of(*ACTIONS)), default=one_of(*ACTIONS), key=texts)
    return lambda received: envelope.signals(received, partial(signals, settings, options))


def signals(settings: SourceSettings, options: Mapping[str, Any], event: CloudEvent) -> Sequence[Signal]:
    action = action_of(event, options)
    alert = action in {"trigger", "acknowledge", "resolve"}
    data = event.data if isinstance(event.data, dict) else {}
    return [
        Signal(
            action=action, dedup_key=dedup_key(event, options.get("key", ())) if alert else "", summary=summary(event),
            severity=severity(event, settings.severity) if action == "trigger" else None, source=event.source,
            component=text(data, "component", "service") or event.subject, group=text(data, "group"),
            class_=event.type, timestamp=event.time, custom_details=details(event), links=links(data),
            idempotency_key=event.key, reason=event.type if action == "ignore" else "",
        )
    ]  # fmt: skip


def action_of(event: CloudEvent, options: Mapping[str, Any]) -> Action:
    rules: Mapping[str, Action] = options.get("actions", {})
    wanted = next((action for pattern, action in rules.items() if fnmatchcase(event.type, pattern)), None)
    if wanted:
        return wanted
    words = [*_said(event), *(match[0].lower() for match in _last_words(event.type))]
    return next((MEANING[word] for word in words if word in MEANING), cast(Action, options.get("default", "trigger")))


def _said(event: CloudEvent) -> Iterator[str]:
    """What the data says of how things stand."""
    if isinstance(event.data, dict):
        for told in (event.data, inner(event.data, "subject", "content")):
            yield from (said.lower() for name in SAYING if (said := text(told, name)))


def _last_words(type_: str) -> list[re.Match[str]]:
    """Those of the last part of a type, the last one first; a version at its end does not count."""
    named = VERSION.sub("", type_)
    return list(WORD.finditer(named, named.rfind(".") + 1))[::-1]


def subject_of(type_: str) -> str:
    """A type without what happened, so that `backup.failed` and `backup.succeeded` are about the same."""
    last = next((match for match in _last_words(type_) if match[0].lower() in MEANING), None)
    return type_[: last.start()].rstrip(".-_/") if last else VERSION.sub("", type_)


def dedup_key(event: CloudEvent, members: Sequence[str]) -> str:
    if members:
        return ":".join(_member(event, name) for name in members)
    return ":".join(["cloudevents", event.source, subject_of(event.type), *([event.subject] if event.subject else [])])


def _member(event: CloudEvent, name: str) -> str:
    """`source`, `subject`, `type`, an extension, or a path into the data, such as `data.host.name`."""
    own = {**event.extensions, "source": event.source, "subject": event.subject, "type": event.type}
    first, *path = name.split(".")
    if first != "data" or not path:
        return text(own, name) or ""
    return text(inner({"data": event.data}, first, *path[:-1]), path[-1]) or ""


def severity(event: CloudEvent, rules: Mapping[str, Severity]) -> Severity:
    data = event.data if isinstance(event.data, dict) else {}
    word = (text(data, "severity", "level") or "").lower()
    ruled = next((bad for pattern, bad in rules.items() if fnmatchcase(event.type, pattern)), None)
    said = next((SEVERITY[one] for one in _said(event) if one in SEVERITY), None)
    return rules.get(word) or SEVERITY.get(word) or ruled or said or "error"


def summary(event: CloudEvent) -> str:
    data = event.data if isinstance(event.data, dict) else {"text": event.data}
    said = text(data, "summary", "title", "message", "description", "text")
    return one_line(said or f"{event.type} from {event.source}{f': {event.subject}' if event.subject else ''}")


def details(event: CloudEvent) -> Json:
    told = {"type": event.type, "id": event.id, "subject": event.subject, **event.extensions, "data": event.data}
    return {name: value for name, value in told.items() if value is not None}


def links(data: Json) -> tuple[Link, ...]:
    found = (text(data, "url", "link", "href"), text(data, "runbook", "runbook_url"))
    return tuple(Link(href) for href in found if href and href.startswith(("https://", "http://")))


def setup(setup: Setup) -> str:
    return (
        "Let the producer of your CloudEvents (1.0, structured, binary or batch) send them over HTTP to\n"
        f"  POST {setup.url}/in/{setup.name}\n"
        f"with the header\n  Authorization: Bearer {setup.secret}\n"
        "A broker that asks for leave first (OPTIONS, WebHook-Request-Origin) is given it.\n"
    )


EXAMPLE = {
    "specversion": "1.0", "id": "41", "source": "/backups", "type": "com.example.backup.failed", "subject": "db1",
    "data": {"message": "The backup of db1 failed: no space left", "severity": "error"},
}  # fmt: skip
ADAPTER = Adapter(
    name="cloudevents", title="CloudEvents", mapper=mapper, setup=setup, key=envelope.key,
    samples=(
        Sample("a backup fails", json.dumps(EXAMPLE).encode(), {"content-type": "application/cloudevents+json"}),
        Sample(
            "it succeeds again, told in the headers", b"",
            {"ce-specversion": "1.0", "ce-id": "42", "ce-source": "/backups", "ce-subject": "db1",
             "ce-type": "com.example.backup.succeeded"},
        ),
    ),
)  # fmt: skip

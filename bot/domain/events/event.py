"""A fact about an incident, and the entry it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from bot.domain.incident import Incident, Subject
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to an incident: recorded once, never changed.

    `kind` is the stored name; it is never reused for another meaning. `at` is when it happened (UTC). The same fact
    heard twice carries the same `key`. `origin` is the door it came through: "pagerduty.webhook", "slack.command",
    "slack.button", "slack.form", "pagerduty.rest", "pagerduty.log", "slack.web", "clock".
    """

    kind: ClassVar[str]
    names: ClassVar[bool] = False  # whether it may bring PagerDuty's id of an incident that had none
    subject: Subject
    at: datetime
    by: Actor
    key: str
    origin: str

    def text(self) -> str:
        """One plain sentence a responder understands; no markup, nothing escaped."""
        raise NotImplementedError(self.kind)

    def details(self) -> dict[str, Any]:
        """What this kind adds to every event's common fields; JSON-able once dates are text."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in COMMON}

    def move(self, incident: Incident) -> Incident:
        """The incident once this has happened; most facts move nothing."""
        return incident


COMMON = frozenset(f.name for f in fields(Event))


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """Something that happened to a service while no incident was in question."""

    kind: ClassVar[str]
    service_id: str
    at: datetime
    by: Actor
    key: str
    origin: str

    @property
    def stream(self) -> str:
        """The timeline it stands on."""
        return f"service:{self.service_id}"

    def text(self) -> str:
        raise NotImplementedError(self.kind)

    def details(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in SERVICE_COMMON}


SERVICE_COMMON = frozenset(f.name for f in fields(ServiceEvent))


@dataclass(frozen=True)
class Entry:
    """An event as recorded. `seq` counts from 1 within its stream ("INC-42", or "service:P…")."""

    stream: str
    seq: int
    at: datetime
    recorded_at: datetime
    kind: str
    actor: Actor
    origin: str
    key: str
    text: str
    details: Mapping[str, Any]
    hash: str
    content_hash: str = ""
    salt: str | None = None  # None: redacted

    @property
    def is_redacted(self) -> bool:
        return self.salt is None

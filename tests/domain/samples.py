"""One sample of every kind of fact there is."""

from dataclasses import fields
from typing import Any

from bot.domain.events import INCIDENT_KINDS, SERVICE_KINDS, Event, ServiceEvent
from bot.domain.incident import Bridge, Reference
from bot.domain.room import ShownChange
from tests.builders import ALICE, BOB, START, at, fact, snapshot

PARTICULARS: dict[str, Any] = {  # what kinds add to every event's common fields, by the field's name
    "action": "trigger", "dedup_key": "db1/disk", "severity": "error", "source": "backup", "sent": True, "again": 3,
    "adopted": False, "appointed": True, "client": "Nagios", "former": None, "acknowledged": True,
    "fields": {"Component": "postgres"},
    "asker": ALICE, "assignee": Reference("PUBOB", "Bob Brown"), "attempts": 3,
    "bridge": Bridge("+1 555 0100", "https://meet.example/1"), "change_id": "CH1", "channel": "C0ROOM",
    "changes": (ShownChange("CH1", "Deployed v42", START),), "content": "Restarted", "due": at(60), "effect": "say",
    "entry_at": START, "entry_key": "k1", "entry_kind": "note.written",
    "entries": 3, "entry_id": "R1", "entry_type": "acknowledge", "since": START, "until": at(30),
    "up_to": 9, "updates": 3,
    "incident": Reference("Q1", "Checkout is down"), "incident_key": "muster-1", "invited": ("U0ALICE",),
    "is_private": False, "kin": 11, "lead": BOB, "links": ("https://ci.example/1",), "message": "We look into it",
    "message_ts": "1.1", "name": "inc-1", "note": "Restarted", "note_id": "N1", "part": "topic",
    "reason": "PagerDuty does not answer", "responder": Reference("PUBOB", "Bob Brown"), "role": "Commander", "seq": 7,
    "service": "Checkout", "service_id": "PSCHECK", "snapshot": snapshot(), "sources": (12, 13),
    "state": "joined", "status": "open",
    "summary": "Deployed v42", "task": "Call the bank", "task_id": "T1", "title": "Checkout is down",
    "umbrella": 11, "urgency": "high", "url": "https://acme.example/archives/C0ROOM", "values": {"Region": "eu"},
    "service_name": "Checkout", "route": "checkout", "integration": "PICHECK", "settled": "resolved",
    "covers": "account", "alerts": ("db1/disk",), "deleted": True, "listed": True,
    "approval": "a1", "about": "shop/production/carts", "asked": "question-1", "context": "c0ffee", "approved": True,
    "project": "shop", "stage": "production", "result": "pass", "is_over": False,
    "adapter": "events-v2", "made": ("integration",),
    "verb": "resolve", "within": 2.0, "why": "high urgency", "workflow": "Escalate",
}  # fmt: skip


def sample(kind: type[Event], **changed: Any) -> Event:
    return fact(kind, **{**_needed(kind), **changed})


def service_sample(kind: type[ServiceEvent]) -> ServiceEvent:
    return kind(at=START, by=ALICE, key="k", origin="pagerduty.webhook", **_needed(kind))


def _needed(kind: type[Event] | type[ServiceEvent]) -> dict[str, Any]:
    return {field.name: PARTICULARS[field.name] for field in fields(kind) if field.name in PARTICULARS}


SAMPLES = [sample(kind) for kind in INCIDENT_KINDS]
SERVICE_SAMPLES = [service_sample(kind) for kind in SERVICE_KINDS]

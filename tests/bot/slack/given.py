"""Incidents, rooms and changes as the views are given them."""

from datetime import UTC, datetime, timedelta

from bot.domain.change import ChangeEvent
from bot.domain.events import Entry
from bot.domain.incident import Bridge, Deed, Incident, Reference, Status
from bot.domain.people import Actor
from bot.domain.room import ShownChange, WarRoom

PAGED_AT = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
ALICE = Actor("responder", "U0ALICE", "Alice Andersen")
BOB = Actor("responder", "U0BOB", "Bob Brown")
CHECKOUT = Reference("PSVC1", "Checkout", "https://acme.pagerduty.example/services/PSVC1")
TRIGGERED = Incident(
    number=42,
    title="Checkout answers 500",
    urgency="high",
    html_url="https://acme.pagerduty.example/incidents/Q1",
    created_at=PAGED_AT,
    service=CHECKOUT,
    assignees=(Reference("PALICE", "Alice Andersen"),),
)


def acknowledged(**more: object) -> Incident:
    """By Alice, four minutes after the page."""
    deed = Deed(ALICE, PAGED_AT + timedelta(minutes=4))
    return _with(status=Status.ACKNOWLEDGED, acknowledged=deed, **more)


def resolved(**more: object) -> Incident:
    """Acknowledged by Alice, resolved by Bob 43 minutes after the page."""
    deeds = {"acknowledged": Deed(ALICE, PAGED_AT + timedelta(minutes=4))}
    deeds["resolved"] = Deed(BOB, PAGED_AT + timedelta(minutes=43))
    return _with(status=Status.RESOLVED, **deeds, **more)


def room(**more: object) -> WarRoom:
    known: dict[str, object] = {"channel": "C0ROOM", "name": "inc-42-checkout", "opened_at": PAGED_AT}
    return WarRoom(**{**known, **more})  # type: ignore[arg-type]


def hostile_incident(number: int, text: str, status: Status) -> Incident:
    """Every foreign string in it is `text`, every address leads to PagerDuty and goes on with it."""
    url = f"https://pagerduty.example/{text}"
    actor, reference = Actor("responder", "U0X", text), Reference(text, text, url)
    deed, change = Deed(actor, PAGED_AT), hostile_change(text)
    return Incident(
        number=number, title=text, status=status, urgency=text, html_url=url, created_at=PAGED_AT, service=reference,
        priority=reference, assignees=(reference,) * 7, responders=(reference,), bridge=Bridge(text, url),
        merged_into=reference if number % 2 else None, acknowledged=deed, resolved=deed, lead=actor,
        pending={"acknowledge": deed, text: deed}, late=text, last_change=text,
        room=room(trouble={text: text, "topic": text}, missed=(text,) * 9, invited=("U1",), changes=(change,) * 3),
    )  # fmt: skip


def hostile_change(text: str) -> ShownChange:
    return ShownChange(text, text, PAGED_AT, f"https://ci.example/{text}", "suspect", text)


def hostile_event(text: str) -> ChangeEvent:
    actor = Actor("responder", "U0X", text)
    return ChangeEvent(text, text, PAGED_AT, "PSVC1", text, actor, (f"https://ci.example/{text}", text))


def entry(seq: int, text: str) -> Entry:
    at = PAGED_AT + timedelta(minutes=seq)
    return Entry("INC-42", seq, at, at, "note.written", ALICE, "slack.command", f"k{seq}", text, {}, "0" * 64)


def _with(**changed: object) -> Incident:
    known = {name: getattr(TRIGGERED, name) for name in TRIGGERED.__dataclass_fields__}
    return Incident(**{**known, **changed})

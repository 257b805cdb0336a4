"""Small makers of what the bot knows: people, PagerDuty's words about an incident, rooms, jobs in hand."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from bot.domain.events import Event, news
from bot.domain.events.rooms import RoomOpened
from bot.domain.incident import Incident, Reference, Snapshot, Status, Subject
from bot.domain.job import Claim, Job
from bot.domain.people import Actor, Person

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Actor("responder", "U0ALICE", "Alice Andersen")
BOB = Actor("responder", "U0BOB", "Bob Brown")
CHECKOUT = Reference("PSCHECK", "Checkout")
PAYMENTS = Reference("PSPAYME", "Payments")
CHANNEL = "C0ROOM"
SAYS = {news.Unacknowledged: Status.TRIGGERED, news.Acknowledged: Status.ACKNOWLEDGED, news.Resolved: Status.RESOLVED}

E = TypeVar("E", bound=Event)
N = TypeVar("N", bound=news.News)
_numbers = count(1)


def at(minutes: float) -> datetime:
    """So many minutes after START."""
    return START + timedelta(minutes=minutes)


def person(**known: Any) -> Person:
    """Alice, in both worlds, just looked up."""
    alice = {
        "name": "Alice Andersen", "email": "alice@example.com", "slack_id": "U0ALICE", "pagerduty_id": "PUALICE",
        "checked_at": datetime.now(UTC),
    }  # fmt: skip
    return Person(**{**alice, **known})


def snapshot(**known: Any) -> Snapshot:
    """A high-urgency incident on Checkout as PagerDuty describes it."""
    described = {"title": "Checkout is down", "status": Status.TRIGGERED, "urgency": "high", "service": CHECKOUT}
    return Snapshot(**{"pagerduty_id": "Q1", "created_at": START, **described, **known})


def told(kind: type[N], minutes: float = 0, *, by: Actor = BOB, key: str = "", **known: Any) -> N:
    """News with the whole incident, by default standing where this kind puts it; its key is its own unless given."""
    said = snapshot(**{"status": SAYS.get(kind, Status.TRIGGERED), **known})
    subject = Subject(pagerduty_id=said.pagerduty_id, incident_key=said.incident_key)
    return fact(kind, minutes, by=by, key=key, subject=subject, snapshot=said)


def triggered(minutes: float = 0, **known: Any) -> news.Triggered:
    return told(news.Triggered, minutes, **known)


def fact(kind: type[E], minutes: float = 0, *, by: Actor = ALICE, key: str = "", **details: Any) -> E:
    """Any kind of event, by default about the incident Q1."""
    shared = {"subject": Subject(pagerduty_id="Q1"), "origin": "pagerduty.webhook", **details}
    return kind(at=at(minutes), by=by, key=key or f"fact-{next(_numbers)}", **shared)


def room_opened(minutes: float = 0, channel: str = CHANNEL, **details: Any) -> RoomOpened:
    made = {"channel": channel, "name": "inc-1", "url": f"https://acme.example/archives/{channel}", **details}
    return fact(RoomOpened, minutes, **{"is_private": False, "why": "high urgency", **made})


def incident(*events: Event, number: int = 1, **known: Any) -> Incident:
    """INC-1 as it stands after its trigger and these events."""
    it = Incident(number).after(triggered(**known))
    for event in events:
        it = it.after(event)
    return it


def claim(kind: str, *, number: int | None = 1, doubt: bool = False, attempt: int = 1, **arguments: Any) -> Claim:
    """A job in hand; with `doubt`, after an attempt that may have reached the vendor."""
    owed_since = datetime.now(UTC).timestamp()
    job = Job(kind, f"INC-{number}/{kind}", number, arguments)
    return Claim(next(_numbers), job, attempt + doubt, doubt, owed_since)

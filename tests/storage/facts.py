"""Facts to record, and the plainest reactions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from bot.domain.chain import redaction_key, stamp
from bot.domain.checkpoint import Signed, drafted
from bot.domain.events import Event, ServiceEvent, news, redactions, reports, rooms, services
from bot.domain.incident import Incident, Reference, Snapshot, Status, Subject
from bot.domain.job import Job
from bot.domain.people import PAGERDUTY, Actor
from storage import Ends

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Actor("responder", "UALICE", "Alice")
CHECKOUT = Reference("PSVC1", "Checkout API")


class EachOwesOne:
    """Every fact owes one job that says what storage told the reactions."""

    def to(
        self, before: Incident | None, event: Event, after: Incident, *, learnt_at: datetime | None = None
    ) -> Sequence[Job]:
        arguments = {"introduced": before is None, "before": before and before.status, "after": after.status}
        return [Job("tell", f"{after.name}/tell", after.number, arguments=arguments)]

    def to_service(self, event: ServiceEvent) -> Sequence[Job]:
        return [Job("tell", f"service:{event.service_id}")]


def snapshot(pagerduty_id: str, status: Status = Status.TRIGGERED, **known: Any) -> Snapshot:
    return Snapshot(pagerduty_id, "Checkout is slow", status, **{"service": CHECKOUT, **known})


def fact(kind: type[Event], key: str, *, subject: Subject, after: Any = 0, **details: Any) -> Any:
    """An event of `kind`, `after` so many minutes from START."""
    at = START + timedelta(minutes=after)
    return kind(subject=subject, at=at, by=PAGERDUTY, key=key, origin="pagerduty.webhook", **details)


def triggered(pagerduty_id: str = "Q1", *, key: Any = "", after: Any = 0, **known: Any) -> news.Triggered:
    subject = Subject(pagerduty_id=pagerduty_id, incident_key=known.get("incident_key"))
    said = snapshot(pagerduty_id, **known)
    made: news.Triggered = fact(
        news.Triggered, key or f"triggered:{pagerduty_id}", subject=subject, after=after, snapshot=said
    )
    return made


def told(kind: type[news.News], status: Status, *, pagerduty_id: str = "Q1", after: float, key: str = "") -> news.News:
    said = snapshot(pagerduty_id, status)
    subject = Subject(pagerduty_id=pagerduty_id)
    made: news.News = fact(kind, key or f"{kind.kind}:{after}", subject=subject, after=after, snapshot=said)
    return made


def noted(content: str, *, key: str, pagerduty_id: str = "Q1", after: float = 1) -> reports.Annotated:
    made: reports.Annotated = fact(
        reports.Annotated, key, subject=Subject(pagerduty_id=pagerduty_id), after=after,
        incident=Reference(pagerduty_id, "Checkout is slow"), note_id=key, content=content,
    )  # fmt: skip
    return made


def redacted(seq: int, *, number: int = 1) -> redactions.EntryRedacted:
    """Says that an entry of INC-1 is redacted; alone it takes nothing away."""
    made: redactions.EntryRedacted = fact(
        redactions.EntryRedacted, redaction_key(f"INC-{number}", seq), subject=Subject(number=number), seq=seq,
        entry_kind="incident.annotated", entry_key="n1", entry_at=START,
    )  # fmt: skip
    return made


def signed(ends: Ends, *, at: datetime = START) -> Signed:
    """The checkpoint that follows, with the signature of nobody."""
    draft = drafted(ends.previous, ends.leaves, ends.grown, at=stamp(at), key="00" * 32)
    return Signed(draft, "00" * 64, tuple(ends.grown))


def room_opened(number: int, channel: str, *, after: float = 1) -> rooms.RoomOpened:
    made: rooms.RoomOpened = fact(
        rooms.RoomOpened, f"room:{channel}", subject=Subject(number=number), after=after, channel=channel,
        name=f"inc-{number}", url=f"https://example.slack.com/archives/{channel}", is_private=False, why="high urgency",
    )  # fmt: skip
    return made


def service_renamed(service_id: str = "PSVC1", *, key: str = "renamed") -> services.ServiceUpdated:
    return services.ServiceUpdated(
        service_id=service_id, at=START, by=ALICE, key=key, origin="pagerduty.webhook", service="Checkout"
    )


def eventually(holds: Callable[[], bool], *, within: float = 5.0) -> None:
    end = monotonic() + within
    while not holds():
        assert monotonic() < end, "it did not become true in time"
        sleep(0.005)

"""A place to speak from: people, services, incidents with rooms, and the commands as the doors use them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.domain.events import Event, news, rooms
from bot.domain.incident import Incident, Reference, Snapshot, Status, Subject
from bot.domain.people import Actor, Person
from bot.domain.policy import Question, Unasked
from bot.domain.room import ShownChange
from commands.command import Call, Reply
from commands.perform import perform, spoken
from storage import Database, Transaction

ALICE = Person("Alice", "alice@example.com", "UALICE", "PALICE1")
BOB = Person("Bob", "bob@example.com", "UBOB", "PBOB222")
GUEST = Person("Greta", "greta@example.org", "UGRETA", standing="guest")
CHECKOUT = Reference("PCHECK1", "checkout")
PAYMENTS = Reference("PPAYME1", "Payments API")
T = TypeVar("T")
ROOM, ELSEWHERE = "C0ROOM", "C0ELSE"
ANNOUNCED = "C0NEWS"

INTRODUCTION = {news.Triggered.kind, rooms.RoomOpened.kind, rooms.PeopleInvited.kind}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Desk:
    database: Database
    uses: int = 0
    facts: int = 0
    facts_about: dict[Question, bool | None] = field(default_factory=dict)  # else all are in every room and known

    def run(self, fn: Callable[[Transaction], T]) -> T:
        return self.database.submit(fn).result(timeout=5)

    def says(self, text: str, *, by: Person = ALICE, channel: str = ROOM, **how: Any) -> Reply:
        """As typed after /incident. A form can be opened unless `trigger_id` is None."""
        call = self.call(by=by, channel=channel, text=text, **how)
        return self.asked(call, spoken)

    def presses(self, verb: str, value: str, *, by: Person = ALICE, channel: str = ROOM, **how: Any) -> Reply:
        call = self.call(by=by, channel=channel, text=value, origin="slack.button", **how)
        return self.asked(call, lambda tx, call: perform(tx, verb, call))

    def submits(self, verb: str, fields: dict[str, str], *, channel: str = ROOM) -> Reply:
        call = self.call(by=ALICE, channel=channel, fields=fields, origin="slack.form")
        return self.asked(call, lambda tx, call: perform(tx, verb, call))

    def asked(self, call: Call, run: Callable[[Transaction, Call], Reply]) -> Reply:
        """As the door does it: what the policy wants to know is found out, and the call is made again."""
        try:
            return self.run(lambda tx: run(tx, call))
        except Unasked as unasked:
            told = {one: self.facts_about.get(one, one[0] in {"room", "person"}) for one in unasked.questions}
        return self.asked(call.knowing(told), run)

    def call(self, **how: Any) -> Call:
        self.uses += 1
        return Call(**{"id": f"use{self.uses}", "at": now(), "trigger_id": "1.2.3", **how})

    def incident(self, pagerduty_id: str = "Q1", *, room: str | None = ROOM, **known: Any) -> Incident:
        """A triggered incident on checkout, with a room unless None."""
        introduced = self.news(news.Triggered, pagerduty_id, **known)
        if room:
            self.record(
                rooms.RoomOpened, introduced, channel=room, name=room.lower(), is_private=False, why="high urgency",
                url=f"https://acme.test/archives/{room}",
            )  # fmt: skip
            self.record(rooms.PeopleInvited, introduced, invited=("UALICE", "UBOB"), missed=())
        return introduced

    def news(self, kind: type[news.News], pagerduty_id: str = "Q1", *, by: Actor = BOB.actor, **known: Any) -> Incident:
        """PagerDuty tells of an incident, by default as it was when triggered."""
        described = {"title": "Checkout is down", "status": kind.status or Status.TRIGGERED, "urgency": "high", **known}
        said = Snapshot(pagerduty_id, **{"service": CHECKOUT, "created_at": now(), **described})
        return self.tell(kind(subject=Subject(pagerduty_id=pagerduty_id), snapshot=said, **self.fact(by)))

    def record(self, kind: type[Event], incident: Incident, *, by: Actor = BOB.actor, **details: Any) -> Incident:
        return self.tell(kind(subject=incident.subject, **self.fact(by), **details))

    def tell(self, event: Event) -> Incident:
        return self.run(lambda tx: tx.record(event))

    def fact(self, by: Actor) -> dict[str, Any]:
        self.facts += 1
        return {"at": now(), "by": by, "key": f"fact{self.facts}", "origin": "pagerduty.webhook"}

    def announce(self, incident: Incident) -> None:
        self.record(rooms.RoomFurnished, incident, part="announcement", channel=ANNOUNCED, message_ts="1.1")

    def list_changes(self, incident: Incident, *summaries: str) -> None:
        """Recent changes as the room of the incident lists them; their ids are CH1, CH2, …"""
        shown = tuple(ShownChange(f"CH{n}", summary, now()) for n, summary in enumerate(summaries, start=1))
        self.record(rooms.ChangesShown, incident, message_ts="2.2", changes=shown)

    def kinds(self, stream: str = "INC-1") -> list[str]:
        """The kinds of a timeline's entries, oldest first, the introduction and the room left out."""
        entries = self.run(lambda tx: tx.timeline(stream))
        return [entry.kind for entry in entries if entry.kind not in INTRODUCTION]

    def last(self, stream: str = "INC-1") -> dict[str, Any]:
        """Details of the newest entry of a timeline."""
        return dict(self.run(lambda tx: tx.timeline(stream))[-1].details)

    def now_is(self, number: int = 1) -> Incident:
        incident = self.run(lambda tx: tx.incident(number))
        assert incident
        return incident

    def owed(self, kind: str) -> list[dict[str, Any]]:
        """Arguments of the jobs of that kind that could start now, each of which is done with this."""
        done = self.run(lambda tx: [claim for claim in tx.claim(100) if tx.settle(claim)])
        return [dict(claim.job.arguments) for claim in done if claim.job.kind == kind]


def buttons(reply: Reply) -> list[tuple[str, str]]:
    """The verb and the value of each button in an answer."""
    elements = [one for block in reply.blocks if block["type"] == "actions" for one in block["elements"]]
    return [(one["action_id"].split(":")[1], one.get("value", "")) for one in elements]


def whole(reply: Reply) -> str:
    """Everything an answer shows."""
    texts = [block["text"]["text"] for block in reply.blocks if block["type"] == "section"]
    return "\n".join([reply.text, *texts])


"""What is found at the end of a storm, compared with what was promised at its beginning."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from bot.simulator import Simulator
from bot.simulator.pagerduty.incident import Incident
from bot.simulator.slack.model import Channel
from storage import Transaction
from tests.promises.stream import Press, Stream

BOOKMARKS = 3
LINK = "War room"


@dataclass(frozen=True)
class Reckoning:
    """Every figure must be 0. `named`: what was done twice or not at all, for whoever looks for the cause."""

    acknowledged_and_lost: int
    duplicate_rooms: int
    duplicate_messages: int
    missing_parts: int
    broken_chains: int
    presses_lost: int
    presses_counted_twice: int
    given_up: int
    named: tuple[str, ...] = ()

    @property
    def wrong(self) -> dict[str, int]:
        return {name: count for name, count in self._figures() if count}

    def __str__(self) -> str:
        figures = " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in self._figures())
        return "\n    ".join([figures, *self.named])

    def _figures(self) -> Iterator[tuple[str, int]]:
        return ((one.name, getattr(self, one.name)) for one in fields(self) if one.name != "named")


def reckoning(tx: Transaction, simulator: Simulator, stream: Stream) -> Reckoning:
    rooms = [room for room in simulator.slack.channels.values() if room.name.startswith("inc-")]
    done = [(press, _done(press)) for press in stream.presses]
    named = [_keys(simulator), *(_contents(page) for page in stream.deserving)]
    twice = [f"twice: {name}" for names in named for name, count in Counter(names).items() if count > 1]
    lost = [press for press, times in done if press.taken and not press.sent_on and not times]
    return Reckoning(
        acknowledged_and_lost=sum(not _is_read(tx, event_id) for event_id in stream.acknowledged),
        duplicate_rooms=sum(count - 1 for count in Counter(map(_incident_of, rooms)).values()),
        duplicate_messages=_repeated(_keys(simulator)) + sum(_repeated(_contents(page)) for page in stream.deserving),
        missing_parts=sum(len(list(_missing(simulator, rooms, page))) for page in stream.deserving),
        broken_chains=sum(tx.verify(name).broken_seq is not None for name in tx.streams()),
        presses_lost=len(lost),
        presses_counted_twice=sum(max(0, times - 1) for _, times in done),
        given_up=tx.owed().dead,
        named=(
            *twice,
            *(f"twice: {press.incident.id} acknowledged" for press, times in done if times > 1 and not press.note),
            *(f"lost: {press.note or 'acknowledge'}, told {press.hears()!r}" for press in lost),
        ),
    )


def _is_read(tx: Transaction, event_id: str) -> bool:
    kept = tx.delivery(f"pagerduty:{event_id}")
    return kept is not None and kept.state == "read"


def _incident_of(room: Channel) -> str:
    return "-".join(room.name.split("-")[:2])


def _keys(simulator: Simulator) -> Iterator[str]:
    """Of every message Muster sent."""
    for channel in simulator.slack.channels.values():
        yield from (message.metadata["event_payload"]["key"] for message in channel.messages if message.metadata)


def _contents(page: Incident) -> Iterator[str]:
    return (note.content for note in page.notes)


def _repeated(names: Iterator[str]) -> int:
    return sum(count - 1 for count in Counter(names).values())


def _missing(simulator: Simulator, rooms: list[Channel], page: Incident) -> Iterator[str]:
    ending = f"-{page.title.lower().replace(' ', '-')}"
    room = next((room for room in rooms if room.name.endswith(ending)), None)
    if room is None:
        yield "room"
        return
    links = [mark["link"] for mark in room.bookmarks]
    announced = [one for one in simulator.slack.channel("incidents").messages if page.title in str(one.blocks)]
    parts = {
        "pinned card": len(room.pins) == 1, "topic": bool(room.topic), "purpose": bool(room.purpose),
        "bookmarks": len(links) == len(set(links)) == BOOKMARKS, "members": {"U0ALICE", "U0MUSTER"} <= room.members,
        "announcement": bool(announced), "link": any(room.id in note.content for note in page.notes),
    }  # fmt: skip
    yield from (f"{room.name}: {part}" for part, there in parts.items() if not there)


def _done(press: Press) -> int:
    """How often PagerDuty has it in its log."""
    if press.note is None:
        return sum(entry.type == "acknowledge_log_entry" for entry in press.incident.log)
    return sum(note.content == press.note for note in press.incident.notes)

"""The life of an incident, told briefly, and what is left of it: the same, whatever went wrong on the way."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import TICKS, slot
from bot.console.demo import CHOICES
from bot.domain.job import Job
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.settings.choices import RoomRule
from bot.simulator.slack.model import Answer, Channel
from storage import Database, Transaction
from tests.eventually import eventually
from tests.journeys.town import Town, announcements, card, lines, shown

AT_ONCE = CHOICES.model_copy(update={"default": RoomRule(announce="#incidents", archive_after_hours=0)})
LONGEST_LIFE = 10  # minutes
PATIENCE = 30.0  # seconds: what fails is tried again, later each time

Step = Callable[[Town], Awaitable[object]]


async def page(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    await town.room(within=PATIENCE)


async def acknowledge(town: Town) -> None:
    await _insist(town, "acknowledge.requested", lambda: town.press("Bob", "ack"))


def says(text: str, kind: str) -> Step:
    async def step(town: Town) -> None:
        room = await town.channel()
        await _insist(town, kind, lambda: town.slack.command("Alice", room.id, f"/incident {text}"))

    return step


async def _insist(town: Town, kind: str, act: Callable[[], Awaitable[Answer]]) -> None:
    """Until it stands on the timeline: people who hear nothing, or that nothing was done, look and try again."""

    async def heard() -> bool:
        return kind in await town.kinds() or ((await act()).ok and kind in await town.kinds())

    await eventually(heard, within=PATIENCE)
    await town.settled(within=PATIENCE)


async def archive(town: Town) -> None:
    """The clock strikes again, when a database that stalled kept the first stroke from being heard."""
    for _ in range(2):
        await town.strike(sweep)
        await town.settled(within=PATIENCE)
        if (await town.channel()).is_archived:
            return
    raise AssertionError("the room was not archived")


def swept_by_us_alone(url: str) -> str:
    """The same database, for which no minute of a life strikes by itself: what is over at once would go too early."""
    minutes = (datetime.now(UTC) + timedelta(minutes=nth) for nth in range(LONGEST_LIFE))
    keys = [slot("sweep_rooms", TICKS["sweep_rooms"], minute) for minute in minutes]
    database = Database(url, Reactions(Routing()))
    database.open()

    def put(tx: Transaction) -> None:
        for key in keys:
            tx.put(Job("sweep_rooms", "clock/sweep_rooms", key=key))

    database.submit(put).result()
    database.close()
    return url


def sweep(tx: Transaction) -> None:
    """As the clock would, a minute later."""
    tx.put(Job("sweep_rooms", "clock/sweep_rooms"))


STEPS: dict[str, Step] = {
    "page": page,
    "acknowledge": acknowledge,
    "note": says("note The index is missing", "note.written"),
    "change": says("change deploy Checkout v42", "change.logged"),
    "resolve": says("resolve", "resolve.requested"),
    "archive": archive,
}


async def left(town: Town) -> dict[str, Any]:
    """All that people and auditors find afterwards: in Slack, in PagerDuty, in the ledger."""
    verdict = await town.database.read(lambda tx: tx.verify("INC-1"))
    failed = {"effect.failed", "request.dropped"}
    return {
        **_left_in_slack(town, await town.channel()),
        **_left_in_pagerduty(town),
        "failures": [entry.text for entry in await town.timeline() if entry.kind in failed],
        "broken entry": verdict.broken_seq,
    }


def _left_in_slack(town: Town, room: Channel) -> dict[str, Any]:
    channels = town.slack.channels.values()
    messages = [message for channel in channels for message in channel.messages if message.metadata]
    keys = [message.metadata["event_payload"]["key"] for message in messages if message.metadata]
    marks = ("by Alice Andersen after", "Deployed Checkout v42", "⚠️", "⏳")
    return {
        "rooms": [channel.name for channel in channels if channel.name.startswith("inc-")],
        "repeated messages": sorted({key for key in keys if keys.count(key) > 1}),
        "pins": len(room.pins),
        "card": [mark for mark in marks if mark in shown(card(room))],
        "said": lines(room),
        "topic": room.topic,
        "purpose": room.purpose,
        "members": sorted(room.members),
        "bookmarks": sorted(mark["title"] for mark in room.bookmarks),
        "announcements": len(announcements(town)),
    }


def _left_in_pagerduty(town: Town) -> dict[str, Any]:
    [incident] = town.pagerduty.incidents
    return {
        "status": incident.status,
        "log": [(entry.type, entry.agent_name) for entry in incident.log if entry.type != "annotate_log_entry"],
        "notes": sorted((str(note.user and note.user.name), note.content) for note in incident.notes),
        "changes": [change.summary for change in town.pagerduty.change_events],
    }

"""The life of an incident, told briefly, and what is left of it: the same, whatever went wrong on the way."""

from typing import Any

from bot.config import Choices, RoomRule
from bot.demo import CHOICES
from bot.domain.job import Job
from bot.simulator.pagerduty.incident import Incident
from tests.journeys.town import Town, card, lines, shown

AT_ONCE = CHOICES.model_copy(update={"default": RoomRule(announce="#incidents", archive_after_hours=0)})
PATIENCE = 30.0  # seconds: what fails is tried again, later each time


async def begun(town: Town) -> Incident:
    """Page → room."""
    page = await town.pagerduty.trigger("Checkout is down")
    await town.room(within=PATIENCE)
    return page


async def worked_on(town: Town) -> None:
    """Acknowledge → note → change → resolve → archive."""
    room = await town.channel()
    await town.press("Bob", "ack")
    await town.settled(within=PATIENCE)
    for said in ("note The index is missing", "change deploy Checkout v42", "resolve"):
        await town.slack.command("Alice", room.id, f"/incident {said}")
        await town.settled(within=PATIENCE)
    await town.database.write(lambda tx: tx.put(Job("sweep_rooms", "clock/sweep_rooms")))
    await town.settled(within=PATIENCE)


async def left(town: Town) -> dict[str, Any]:
    """All that people and auditors find afterwards: in Slack, in PagerDuty, in the ledger."""
    room, channels = await town.channel(), town.slack.channels.values()
    keys = [message.metadata["event_payload"]["key"] for one in channels for message in one.messages if message.metadata]
    verdict = await town.database.read(lambda tx: tx.verify("INC-1"))
    return {
        "rooms": [one.name for one in channels if one.name.startswith("inc-")],
        "is archived": room.is_archived,
        "repeated messages": sorted({key for key in keys if keys.count(key) > 1}),
        "pins": len(room.pins),
        "card": [word for word in ("by Alice Andersen after", "Deployed Checkout v42", "⚠️", "⏳") if word in shown(card(room))],
        "said": lines(room),
        "topic": room.topic,
        "purpose": room.purpose,
        "members": sorted(room.members),
        "bookmarks": sorted(mark["title"] for mark in room.bookmarks),
        "announcements": len(town.slack.channel("incidents").messages),
        **_left_in_pagerduty(town),
        "failures": [entry.text for entry in await town.timeline() if entry.kind in {"effect.failed", "request.dropped"}],
        "broken entry": verdict.broken_seq,
    }


def _left_in_pagerduty(town: Town) -> dict[str, Any]:
    [page] = town.pagerduty.incidents
    return {
        "status": page.status,
        "log": [(entry.type, entry.agent_name) for entry in page.log if entry.type != "annotate_log_entry"],
        "notes": sorted((str(note.user and note.user.name), note.content) for note in page.notes),
        "changes": [change.summary for change in town.pagerduty.change_events],
    }

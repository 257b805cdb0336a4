"""Page → room → acknowledge → note → change → resolve → archive, and the timeline that is left."""

from datetime import timedelta

import pytest
from freezegun.api import TickingDateTimeFactory

from bot.clock import strike
from bot.domain.events import Entry
from bot.simulator.pagerduty.seed import integration_key
from bot.simulator.slack.model import Channel
from tests.journeys.town import BOT, MONDAY, Town, a_town_on_monday, announcements, card, lines, shown

pytestmark = pytest.mark.anyio

TITLE = "Checkout: 500 für jede dritte Kundin 🔥"
NAME = "inc-1-checkout-500-fur-jede-dritte-kundin"
FINDING = "The replica of the orders database is 40 minutes behind"
LINK_NOTE = f"Muster opened a war room for INC-1: #{NAME} https://simulated.slack.com/archives/C0000001"
MISSED = "Erin Evans (nobody in Slack has erin@example.com)"
POSTPONED = "People still talk here: the room stays open until 2026-03-03 10:43 UTC at least"

Told = tuple[str, str, str]  # kind, who, text
OPENING = [
    ("incident.triggered", "Checkout", f"Triggered on Checkout: {TITLE}"),
    ("room.opened", "Muster", f"Opened the war room #{NAME} (high urgency)"),
]
FURNISHING = [  # side by side, so in any order
    ("incident.annotated", "Muster", f"Muster noted: {LINK_NOTE}"),
    ("room.changes_shown", "Muster", "Listed 0 recent changes on the service"),
    *(
        ("room.furnished", "Muster", f"War room: {part} in place")
        for part in ("announcement", "bookmarks", "card", "link", "pin", "purpose", "topic")
    ),
    ("room.people_invited", "Muster", f"Invited 2 of 3; not invited: {MISSED}"),
]
WORK = [
    ("acknowledge.requested", "Bob Brown", "Bob Brown asked to acknowledge"),
    ("incident.acknowledged", "Bob Brown", "Bob Brown acknowledged"),
    ("incident.acknowledged", "Bob Brown", "Bob Brown acknowledged"),  # PagerDuty's echo, kept and not said
    ("note.written", "Alice Andersen", f"Alice Andersen noted: {FINDING}"),
    ("note.sent", "Alice Andersen", "The note of Alice Andersen is on the PagerDuty incident"),
    ("incident.annotated", "Alice Andersen", f"Alice Andersen noted: {FINDING}"),
    ("change.logged", "Alice Andersen", "Alice Andersen logged a change on Checkout: Deployed Checkout v42"),
    ("change.sent", "Muster", "PagerDuty has the change event"),
    ("resolve.requested", "Alice Andersen", "Alice Andersen asked to resolve"),
    ("incident.resolved", "Alice Andersen", "Alice Andersen resolved it"),
    ("incident.resolved", "Alice Andersen", "Alice Andersen resolved it"),
    ("room.archive_scheduled", "Muster", "The room will be archived at 2026-03-03 09:43 UTC"),
    ("room.archive_postponed", "Muster", POSTPONED),
    ("room.archived", "Muster", "Archived the war room"),
]


async def test_a_page_becomes_a_room_that_is_worked_in_and_archived(database_url: str) -> None:
    async with a_town_on_monday(database_url) as (town, clock):
        await _whole_story(clock, town)


async def _whole_story(clock: TickingDateTimeFactory, town: Town) -> None:
    page = await town.pagerduty.trigger(TITLE, assignees=["Alice", "Erin"])
    room = await town.room()
    _is_furnished(town, room)
    assert [note.content for note in page.notes] == [LINK_NOTE]

    assert (await town.press("Bob", "ack")).ok
    await town.settled()
    assert (page.status, page.log[-1].type, page.log[-1].agent_email) == (
        "acknowledged", "acknowledge_log_entry", "bob@example.com",
    )  # fmt: skip
    assert "*Acknowledged* by Bob Brown" in shown(card(room))

    await town.press("Alice", "note")
    assert (await town.fill_in("Alice", note=FINDING)).ok
    await town.settled()
    assert [(note.user and note.user.name, note.content) for note in page.notes[1:]] == [("Alice Andersen", FINDING)]

    clock.tick(timedelta(minutes=1))  # Slack takes one message a second
    assert (await town.slack.command("Alice", room.id, "/incident change deploy Checkout v42")).ok
    await town.settled()
    [change] = town.pagerduty.change_events
    logged = next(entry for entry in await town.timeline() if entry.kind == "change.logged")
    assert (change.summary, change.integration.key) == ("Deployed Checkout v42", integration_key("Checkout"))
    assert change.custom_details["muster_change"] == logged.details["change_id"]
    assert "Deployed Checkout v42" in shown(card(room))

    clock.move_to(MONDAY + timedelta(minutes=43))
    assert (await town.slack.command("Alice", room.id, "/incident resolve")).ok
    await town.settled()
    assert (page.status, page.log[-1].agent_email) == ("resolved", "alice@example.com")
    [announcement] = announcements(town)
    assert "by Alice Andersen after 43 min" in shown(card(room))
    assert "by Alice Andersen after 43 min" in shown(announcement)

    await _is_archived_when_people_have_stopped_talking(clock, town, room)
    _tells_the_whole_story(await town.timeline())
    assert lines(room) == [
        f"Invited 2 of 3; not invited: {MISSED}", "Bob Brown acknowledged", f"Alice Andersen noted: {FINDING}",
        "Alice Andersen logged a change on Checkout: Deployed Checkout v42", "Alice Andersen resolved it",
        POSTPONED,
    ]  # fmt: skip
    verdict = await town.database.read(lambda tx: tx.verify("INC-1"))
    assert (verdict.entries, verdict.broken_seq) == (len(await town.timeline()), None)


def _is_furnished(town: Town, room: Channel) -> None:
    assert room.name == NAME
    assert room.topic == f"INC-1 · {TITLE} · Checkout · high urgency"
    assert room.purpose.startswith("War room of INC-1.")
    assert [town.slack.users[member].name for member in sorted(room.members)] == ["alice", "bob", "muster"]
    assert sorted(mark["title"] for mark in room.bookmarks) == ["Conference bridge", "PagerDuty incident", "Runbook"]
    assert len(room.pins) == 1
    told = (TITLE, "*Triggered*", "Alice Andersen", f"Invited 2 of 3: {MISSED}")
    assert [words for words in told if words not in shown(card(room))] == []
    [announcement] = announcements(town)
    assert announcement.user == BOT
    assert f"<#{room.id}>" in shown(announcement)


async def _is_archived_when_people_have_stopped_talking(
    clock: TickingDateTimeFactory, town: Town, room: Channel
) -> None:
    clock.move_to(MONDAY + timedelta(hours=24, minutes=42))
    await _hour_strikes(town)
    assert not room.is_archived

    clock.move_to(MONDAY + timedelta(hours=24, minutes=43, seconds=30))
    await town.slack.say("Bob", room.id, "One more thing for the review …")
    clock.tick(timedelta(minutes=1))
    await _hour_strikes(town)
    assert not room.is_archived

    clock.tick(timedelta(hours=2))
    await _hour_strikes(town)
    assert room.is_archived


async def _hour_strikes(town: Town) -> None:
    await strike(town.database, "sweep_rooms")
    await town.settled()


def _tells_the_whole_story(timeline: list[Entry]) -> None:
    told = [(entry.kind, entry.actor.name, entry.text) for entry in timeline]
    first, last = len(OPENING), len(OPENING) + len(FURNISHING)
    assert told[:first] == OPENING
    assert sorted(told[first:last]) == sorted(FURNISHING)
    work = told[last:]
    assert sorted(work) == sorted(WORK)
    assert _without_echoes(work) == _without_echoes(WORK)
    assert [entry.seq for entry in timeline] == list(range(1, len(told) + 1))
    assert all(entry.at.tzinfo and entry.recorded_at >= MONDAY for entry in timeline)


def _without_echoes(told: list[Told]) -> list[Told]:
    """PagerDuty's echo comes when it comes: what Muster does meanwhile may stand before it."""
    return list(dict.fromkeys(told))

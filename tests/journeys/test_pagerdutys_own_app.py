"""What people do in PagerDuty's own app shows up in the room: once, as one quiet line, and on the card."""

from datetime import timedelta

import pytest
from freezegun.api import TickingDateTimeFactory

from tests.journeys.town import Town, a_town_on_monday, announcements, card, lines, shown

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def test_everything_done_in_pagerduty_is_one_line_in_the_room_and_on_the_card(database_url: str) -> None:
    """Bob works in PagerDuty's app alone; Alice reads along in Slack."""
    async with a_town_on_monday(database_url) as (town, clock):
        await _bob_does_it_all(town, clock)


async def _bob_does_it_all(town: Town, clock: TickingDateTimeFactory) -> None:
    pagerduty = town.pagerduty
    page = await pagerduty.trigger("Checkout is down")
    room = await town.room()
    other = await pagerduty.trigger("Checkout is down, too", urgency="low")
    await town.settled()
    told = len(lines(room))

    async def line(*, on_card: str = "") -> str:
        """The one line that is new, once everything has settled."""
        nonlocal told
        await town.settled()
        clock.tick(MINUTE)  # Slack takes one message a second
        new, told = lines(room)[told:], len(lines(room))
        assert len(new) == 1, new
        assert on_card in shown(card(room))
        return new[0]

    await pagerduty.acknowledge(page, by="Bob")
    assert await line(on_card="*Acknowledged* by Bob Brown") == "Bob Brown acknowledged"
    await pagerduty.escalate(page, by="Bob")
    assert await line(on_card="*Paged*  Bob Brown") == "Escalated to Bob Brown"
    await pagerduty.reassign(page, "Carol", by="Bob")
    assert await line(on_card="*Paged*  Carol Chen") == "Bob Brown reassigned it to Carol Chen"
    assert town.slack.user("Carol").id in room.members
    await pagerduty.delegate(page, "Payments on call", by="Bob")
    assert await line(on_card="*Paged*  Bob Brown") == "Bob Brown handed it to the escalation policy Payments on call"
    await pagerduty.set_priority(page, "P1", by="Bob")
    assert await line(on_card="P1") == "Bob Brown set the priority to P1"
    await pagerduty.annotate(page, "The replica is behind", by="Bob")
    assert await line() == "Bob Brown noted: The replica is behind"
    await pagerduty.publish_status_update(page, "We are on it", by="Bob")
    assert await line() == "Bob Brown published a status update: We are on it"
    await pagerduty.add_responder(page, "Carol", message="Can you look?", by="Bob")
    assert await line(on_card="*Asked to help*  Carol Chen") == "Bob Brown asked Carol Chen to help: Can you look?"
    await pagerduty.respond(page, "Carol", "joined")
    assert await line() == "Carol Chen answered the request to help: joined"
    await pagerduty.set_bridge(page, url="https://meet.example.com/one", by="Bob")
    assert await line(on_card="https://meet.example.com/one") == "Conference bridge: https://meet.example.com/one"
    await pagerduty.resolve(page, by="Bob", note="A bad index")
    assert "Bob Brown resolved it" in await _said_of_resolution(town, told)
    told = len(lines(room))
    await pagerduty.reopen(page, by="Bob")
    assert await line(on_card="*Triggered*") == "Bob Brown reopened it"
    await pagerduty.merge(page, other, by="Bob")
    assert await line(on_card="*Merged* into") == "Bob Brown merged it into Checkout is down, too"

    [announcement] = announcements(town)
    assert "*Merged* into" in shown(announcement)
    assert sum(mark["title"] == "Conference bridge" for mark in room.bookmarks) == 2  # the runbook's and the new one


async def _said_of_resolution(town: Town, told: int) -> list[str]:
    """A resolution with a note is two facts in PagerDuty: each is said, and neither twice."""
    await town.settled()
    room = town.slack.channel("inc-1-")
    new = lines(room)[told:]
    assert sorted(new) == ["Bob Brown noted: Resolution Note: A bad index", "Bob Brown resolved it"]
    assert "*Resolved* by Bob Brown" in shown(card(room))
    return new


async def test_pagerdutys_echo_of_what_was_done_in_slack_says_nothing_again(town: Town) -> None:
    """Webhooks come twice and out of order on top of it."""
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    told = len(lines(room))
    town.faults.switch("webhook-duplicates", on=True)
    town.faults.switch("webhook-reordered", on=True)

    await town.press("Alice", "ack")
    await town.settled()
    await town.slack.command("Bob", room.id, "/incident note The index is missing")
    await town.settled()
    await town.slack.command("Alice", room.id, "/incident resolve Rebuilt the index")
    await town.settled()
    await town.slack.command("Alice", room.id, "/incident reopen")
    await town.settled()

    assert lines(room)[told:] == [
        "Alice Andersen acknowledged", "Bob Brown noted: The index is missing", "Alice Andersen resolved it",
        "Alice Andersen reopened it",
    ]  # fmt: skip
    assert [note.content for note in page.notes[1:]] == [
        "The index is missing", "Resolution Note: Rebuilt the index",
    ]  # fmt: skip
    assert "*Triggered*" in shown(card(room))
    assert town.writes().count(f"PUT /incidents/{page.id}") == 3

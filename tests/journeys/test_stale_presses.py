"""Two people, two worlds, one incident: whoever comes second changes nothing and hears who was first."""

import asyncio

import pytest

from tests.eventually import eventually
from tests.journeys.town import Town, card, lines, shown

pytestmark = pytest.mark.anyio


async def test_a_stale_press_never_reopens_what_was_resolved_meanwhile(town: Town) -> None:
    """Bob resolves in PagerDuty; its webhook is held up; Alice still sees the button and presses it."""
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    held_up = town.faults.add("webhook:*", status=503)
    await town.pagerduty.resolve(page, by="Bob")
    assert "*Triggered*" in shown(card(room))

    await town.press("Alice", "ack")
    [told] = await eventually(lambda: town.told("Alice"))
    assert page.status == "resolved"
    assert "INC-1 is resolved already, by Bob Brown at" in told
    assert not [call for call in town.writes() if call.startswith("PUT")]
    await eventually(lambda: "*Resolved* by Bob Brown" in shown(card(room)))

    town.faults.remove(held_up)
    await town.settled()
    assert page.status == "resolved"
    assert lines(room) == ["Read from PagerDuty: resolved by Bob Brown"]
    assert (await town.kinds())[-1] == "incident.resolved"


async def test_two_who_press_at_once_make_one_acknowledgement(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    await asyncio.gather(town.press("Alice", "ack"), town.press("Bob", "ack"))
    await town.settled()

    assert town.writes().count(f"PUT /incidents/{page.id}") == 1
    [first] = [agent.name for _, agent in page.acknowledgements]
    second = {"Alice Andersen": "Bob", "Bob Brown": "Alice"}[first]
    assert lines(room) == [f"{first} acknowledged"]
    [told] = town.told(second)
    assert first in told


async def test_a_press_after_the_fact_is_answered_and_asks_nothing_of_pagerduty(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    await town.pagerduty.resolve(page, by="Bob")
    await town.settled()
    asked = len(town.faults.calls("pagerduty:*"))

    answer = await town.slack.command("Alice", room.id, "/incident ack")
    await town.settled()
    assert "Bob Brown resolved INC-1" in answer.text
    assert "Nothing was changed." in answer.text
    assert len(town.faults.calls("pagerduty:*")) == asked

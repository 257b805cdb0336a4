"""From a menu of Slack's: an incident is declared from anywhere, and a message is kept on the timeline of its room."""

import pytest

from bot.simulator.slack.model import TEAM_DOMAIN
from bot.slack.manifest import manifest
from tests.eventually import eventually
from tests.journeys.town import Town, lines

pytestmark = pytest.mark.anyio
SHORTCUTS = manifest(None, socket=True)["features"]["shortcuts"]
CALLED = {shortcut["name"]: shortcut["callback_id"] for shortcut in SHORTCUTS}
SAID = "INC-7 was the same & the fix was to restart: https://ci.example/7"


async def test_a_message_of_a_room_becomes_a_note_that_leads_back_to_it(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    message = await town.slack.say("Bob", room.id, SAID)

    assert (await town.slack.shortcut("Alice", CALLED["Add to timeline"], message)).ok
    await town.settled()
    place = f"https://{TEAM_DOMAIN}.slack.com/archives/{room.id}/p{message.ts.replace('.', '')}"
    note = page.notes[-1]
    assert (note.user and note.user.name, note.content) == ("Alice Andersen", f"{SAID}\n{place}")
    assert f"Alice Andersen noted: {SAID}\n{place}" in [entry.text for entry in await town.timeline()]
    assert len(lines(room)) == 1
    assert town.told("Alice") == []


async def test_a_message_in_a_thread_is_found_by_its_address(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    parent = await town.slack.say("Bob", room.id, "Look")
    message = await town.slack.say("Bob", room.id, "It is the disk", thread_ts=parent.ts)
    await town.slack.shortcut("Alice", CALLED["Add to timeline"], message)
    await town.settled()
    assert page.notes[-1].content.endswith(f"?thread_ts={parent.ts}&cid={room.id}")


async def test_a_message_from_elsewhere_is_asked_about_and_keeps_its_address(town: Town) -> None:
    """Two incidents are open, neither is Erin's, and the channel is no room."""
    for title in ("Checkout is down", "Payments is down"):
        await town.pagerduty.trigger(title, assignees=["Bob"])
    await town.room(2)
    message = await town.slack.say("Alice", "general", "The disk is full")
    await town.slack.shortcut("Alice", CALLED["Add to timeline"], message)
    await eventually(lambda: town.told("Alice"))
    [asked] = [each for each in town.slack.ephemerals if each.user == town.slack.user("Alice").id]
    assert "Which incident" in asked.text
    assert message.ts.replace(".", "") in str(asked.blocks)


async def test_an_incident_is_declared_from_anywhere(town: Town) -> None:
    assert (await town.slack.shortcut("Alice", CALLED["Declare incident"])).ok
    assert (await town.fill_in("Alice", title="Nobody can pay", service="PSCHECK", urgency="high")).ok
    await town.room()
    assert (await town.incident()).title == "Nobody can pay"
    assert (await town.kinds())[0] == "incident.declared"


async def test_a_guest_is_refused_and_hears_it(town: Town) -> None:
    await town.slack.shortcut("Dana", CALLED["Declare incident"])
    await eventually(lambda: town.told("Dana"))
    assert await town.database.read(lambda tx: tx.incidents()) == []

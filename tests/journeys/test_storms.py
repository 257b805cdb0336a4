"""Many incidents at once: they share a room, and each can leave it or be merged."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import strike
from bot.domain import sharing
from bot.settings.choices import Choices, RoomRule, StormRule
from bot.simulator.pagerduty.incident import Incident as Page
from bot.simulator.slack.model import Channel, Message
from tests.eventually import eventually
from tests.journeys.town import MONDAY, Town, a_town, a_town_on_monday, announcements, card, shown

pytestmark = pytest.mark.anyio

SOON = Choices(default=RoomRule(announce="#incidents"), storm=StormRule(incidents=2))
TITLES = ("Checkout is down", "Carts are lost", "Cards are refused", "Prices are wrong", "Mails are late")


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "GATHERED", 0.5)


async def storm(town: Town, *titles: str) -> list[Page]:
    """The first two have rooms, the third one's room is shared by the rest; all is quiet again."""
    pages = []
    for title in titles or TITLES:
        pages.append(await town.pagerduty.trigger(title))
        await eventually(lambda: _are_placed(town, len(pages)), within=10.0)
    await town.settled(within=10.0)
    return pages


async def _are_placed(town: Town, incidents: int) -> bool:
    there = [(await town.incident(number)).room for number in range(1, incidents + 1)]
    return all(room is not None and room.is_whole for room in there)


async def card_of(town: Town, number: int, room: Channel) -> Message:
    """The message of an incident that shares the room."""
    known = (await town.incident(number)).room
    assert known is not None
    return next(message for message in room.messages if message.ts == known.card_ts)


def thread(room: Channel, message: Message) -> list[str]:
    return [one.text for one in room.messages if one.thread_ts == message.ts and one.is_reply]


async def test_from_the_third_on_they_share_a_room_and_one_announcement(database_url: str) -> None:
    async with a_town(database_url, SOON) as town:
        await storm(town)
        rooms = [one.name for one in town.slack.channels.values() if one.name.startswith(("inc-", "storm-"))]
        assert sorted(rooms) == ["inc-1-checkout-is-down", "inc-2-carts-are-lost", "storm-3-cards-are-refused"]
        room = await town.channel(3)
        assert "room.shared" in await town.kinds(5)
        assert "2 incidents more came at once and share this room, 2 open" in shown(card(room))
        assert [line in shown(card(room)) for line in TITLES] == [False, False, True, True, True]
        assert "Prices are wrong" in shown(await card_of(town, 4, room))
        assert len(room.pins) == 1
        announced = announcements(town)
        assert len(announced) == 3
        assert "3 incidents in one room, 3 open" in shown(announced[-1])
        assert [len(page.notes) for page in town.pagerduty.incidents] == [1, 1, 1, 1, 1]
        assert town.pagerduty.incidents[4].notes[0].content.startswith("Muster opened a war room for INC-5: #storm-3-")


async def test_what_is_said_below_a_card_is_about_its_incident(database_url: str) -> None:
    async with a_town(database_url, SOON) as town:
        pages = await storm(town)
        room = await town.channel(3)
        fourth = await card_of(town, 4, room)
        await town.slack.say("Alice", room.id, "!ack", thread_ts=fourth.ts)
        await eventually(lambda: pages[3].status == "acknowledged")
        await eventually(lambda: thread(room, fourth).count("Alice Andersen acknowledged") == 1)
        await town.settled()
        assert [page.status for page in pages] == ["triggered", "triggered", "triggered", "acknowledged", "triggered"]
        assert "*Acknowledged* by Alice Andersen" in shown(await card_of(town, 4, room))
        await town.slack.say("Alice", room.id, "!ack")
        await eventually(lambda: pages[2].status == "acknowledged")


async def test_one_of_them_can_be_given_its_own_room(database_url: str) -> None:
    async with a_town(database_url, SOON) as town:
        await storm(town)
        shared = await town.channel(3)
        left = await card_of(town, 4, shared)
        assert (await town.slack.press("Alice", shared.id, left.ts, "command:promote")).ok
        await eventually(lambda: "is worked on in" in shown(left), within=5.0)
        own = await town.room(4)
        assert own.name == "inc-4-prices-are-wrong"
        assert f"<#{own.id}>" in shown(left)
        opened = [entry.text for entry in await town.timeline(4) if entry.kind == "room.opened"]
        assert opened == ["Opened the war room #inc-4-prices-are-wrong (Alice Andersen wanted a room of its own)"]
        assert "Prices are wrong" in shown(card(own))
        await eventually(lambda: "1 incident more came at once" in shown(card(shared)), within=10.0)


async def test_they_can_be_merged_with_one_press(database_url: str) -> None:
    async with a_town(database_url, SOON) as town:
        pages = await storm(town)
        room = await town.channel(3)
        town.faults.add("pagerduty:PUT /incidents/*/merge", lost_reply=True, times=1)
        await town.press("Alice", "merge", number=3)
        await eventually(lambda: [page.status for page in pages[3:]] == ["resolved", "resolved"], within=10.0)
        await eventually(lambda: _merged(town), within=10.0)
        await town.settled(within=15.0)
        assert [page.merged_into for page in pages] == [None, None, None, pages[2], pages[2]]
        assert {page.log[-1].agent_email for page in pages[3:]} == {"alice@example.com"}
        assert "*Merged* into" in shown(await card_of(town, 5, room))
        assert thread(room, await card_of(town, 5, room)) == []
        assert "Alice Andersen merged 2 incidents into it" in [message.text for message in room.messages]
        assert [entry.kind for entry in await town.timeline(3)].count("merge.done") == 1


async def _merged(town: Town) -> bool:
    return "merge.done" in await town.kinds(3)


async def test_a_p1_never_shares_and_what_becomes_one_leaves(database_url: str) -> None:
    async with a_town(database_url, SOON) as town:
        pages = await storm(town)
        await town.pagerduty.trigger("Everything is down", priority="P1")
        assert (await town.room(6)).name == "inc-6-everything-is-down"
        await town.pagerduty.set_priority(pages[4], "P1", by="Bob")
        await eventually(lambda: town.slack.channel("inc-5-mails-are-late"), within=6.0)
        assert (await town.room(5)).name == "inc-5-mails-are-late"


async def test_the_shared_room_stays_until_the_last_of_them_is_over(database_url: str) -> None:
    async with a_town_on_monday(database_url, SOON) as (town, clock):
        pages = await storm(town, *TITLES[:4])
        room = await town.channel(3)
        await town.pagerduty.resolve(pages[2])
        await town.settled()
        clock.move_to(MONDAY + timedelta(hours=25))
        await strike(town.database, "sweep_rooms")
        await asyncio.sleep(0)
        await town.settled()
        assert not room.is_archived
        await town.pagerduty.resolve(pages[3])
        await town.settled()
        clock.move_to(MONDAY + timedelta(hours=30))
        await strike(town.database, "sweep_rooms")
        await eventually(lambda: room.is_archived)
        await town.settled()
        assert "room.archived" in await town.kinds(4)


async def test_switched_off_each_has_its_room(database_url: str) -> None:
    async with a_town(database_url, Choices(storm=StormRule(on=False, incidents=2))) as town:
        await storm(town)
        rooms = [one for one in town.slack.channels.values() if one.name.startswith("inc-")]
        assert len(rooms) == len(TITLES)

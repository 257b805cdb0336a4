"""Which incidents get a room, of what kind, and who may begin one from Slack."""

import pytest

from bot.settings.choices import Choices, RoomRule
from bot.simulator.slack.model import Channel
from tests.eventually import eventually
from tests.journeys.town import Town, a_town, announcements, card, lines, shown

pytestmark = pytest.mark.anyio

SECRETIVE = Choices(
    routing=[RoomRule(services=["Payments"], private=True, announce="#incidents", invite=["@sre"])],
    default=RoomRule(announce="#incidents"),
)
HOSTILE = [
    "🔥" * 40 + " é" * 130,
    "<!channel> <!here> <!everyone> <@U0ALICE> <https://evil.example|click> ```*_~` &amp; \u202e\x00 \"]}",
    "…",
]


async def test_low_urgency_makes_no_noise_until_someone_says_it_is_p1(town: Town) -> None:
    page = await town.pagerduty.trigger("Search is a little slow", service="Search", urgency="low")
    await town.settled()
    assert await town.kinds() == ["incident.triggered"]
    assert _rooms(town) == []

    await town.pagerduty.set_priority(page, "P1", by="Carol")
    room = await town.room()
    opened = next(entry for entry in await town.timeline() if entry.kind == "room.opened")
    assert opened.text == f"Opened the war room #{room.name} (priority P1)"
    assert "P1" in shown(card(room))


async def test_a_private_room_is_private_and_announced_nowhere(database_url: str) -> None:
    async with a_town(database_url, SECRETIVE) as town:
        await town.pagerduty.trigger("Cards of customers leak", service="Payments")
        room = await town.room()
        assert room.is_private
        assert {"U0ALICE", "U0BOB", "U0CAROL"} <= room.members  # Bob and Carol are on call, Alice and Carol are @sre
        assert announcements(town) == []
        said = [line for channel in _public(town) for line in lines(channel)]
        assert [line for line in said if "checkpoint" not in line.casefold()] == []


async def test_an_incident_declared_in_slack_has_its_room_before_pagerduty_answers(town: Town) -> None:
    """PagerDuty is down while Carol declares; the room opens all the same, and is linked once PagerDuty is back."""
    await eventually(lambda: town.database.read(lambda tx: tx.services()))
    town.faults.switch("pagerduty-down", on=True)
    assert (await town.slack.command("Carol", "checkout", "/incident declare")).ok
    service = town.pagerduty.service("Checkout").id
    await town.fill_in("Carol", title="Checkout shows wrong prices", service=service, urgency="high")

    room = await eventually(town.channel)
    await eventually(lambda: "Carol Chen is declaring" in shown(card(room)))
    await eventually(lambda: town.slack.user("Carol").id in room.members, within=5.0)
    assert town.pagerduty.incidents == []

    town.faults.switch("pagerduty-down", on=False)
    await town.room()
    [page] = town.pagerduty.incidents
    assert (page.title, page.service.name, page.log[0].agent_email) == (
        "Checkout shows wrong prices", "Checkout", "carol@example.com",
    )  # fmt: skip
    assert [note.content for note in page.notes] == [
        f"Muster opened a war room for INC-1: #{room.name} https://simulated.slack.com/archives/{room.id}"
    ]
    assert page.id in shown(card(room))
    assert "declaring" not in shown(card(room))
    assert (await town.incident()).pagerduty_id == page.id
    assert len(_rooms(town)) == 1


async def test_a_webhook_that_overtakes_the_answer_makes_no_second_incident(town: Town) -> None:
    """PagerDuty's webhook arrives while its answer to our own request is still under way."""
    await eventually(lambda: town.database.read(lambda tx: tx.services()))
    town.faults.add("pagerduty:POST /incidents", lost_reply=True, times=1)
    await town.slack.command("Carol", "checkout", "/incident declare Checkout shows wrong prices on Checkout")
    room = await town.room()
    [page] = town.pagerduty.incidents
    assert len(await town.database.read(lambda tx: tx.incidents())) == 1
    assert {"incident.declared", "incident.triggered", "incident.created"} <= set(await town.kinds())
    assert page.id in shown(card(room))
    assert len(page.notes) == 1


async def test_no_title_can_break_a_room_or_mention_anyone(town: Town) -> None:
    for title in HOSTILE:
        await town.pagerduty.trigger(title[:300])
    rooms = [await town.room(number) for number in range(1, len(HOSTILE) + 1)]
    for number, room in enumerate(rooms, start=1):
        assert len(room.name) <= 80
        assert room.name.startswith(f"inc-{number}")
        said = " ".join(shown(message) for message in room.messages if message.bot_id) + room.topic + room.purpose
        assert not any(mention in said for mention in ("<!channel>", "<!here>", "<!everyone>", "<@U0ALICE>", "<https://evil"))
    assert "<!channel>" not in " ".join(shown(message) for message in town.slack.channel("incidents").messages)


def _rooms(town: Town) -> list[Channel]:
    return [channel for channel in town.slack.channels.values() if channel.name.startswith("inc-")]


def _public(town: Town) -> list[Channel]:
    return [channel for channel in town.slack.channels.values() if not channel.is_private and not channel.is_im]

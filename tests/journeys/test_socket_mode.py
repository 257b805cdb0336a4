"""Slack through a websocket that the bot opens itself: no public address, and the same story."""

from collections.abc import AsyncIterator

import pytest

from bot.simulator import credentials
from tests.eventually import eventually
from tests.journeys.town import Town, a_town, lines

pytestmark = pytest.mark.anyio


@pytest.fixture(name="town")
async def _town(database_url: str) -> AsyncIterator[Town]:
    """Without a signing secret nothing from Slack is let in over HTTP."""
    async with a_town(database_url, SLACK_APP_TOKEN=credentials.SLACK_APP_TOKEN, SLACK_SIGNING_SECRET="") as there:
        await eventually(lambda: there.slack.sockets.connected)
        yield there


async def test_the_story_goes_on_through_a_websocket_that_slack_renews(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    await town.press("Alice", "ack")
    await eventually(lambda: page.status == "acknowledged")

    await town.slack.socket_refresh()
    await eventually(lambda: town.slack.sockets.connected)
    await town.press("Bob", "note")
    assert (await town.fill_in("Bob", note="The index is missing")).ok
    await town.slack.say("Bob", room.id, "!show")
    await eventually(lambda: any("Checkout is down" in said for said in town.told("Bob")))
    answer = await town.slack.command("Alice", room.id, "/incident resolve")
    assert answer.text == "Resolving INC-1 in PagerDuty as you."
    await eventually(lambda: page.status == "resolved")

    await town.settled()
    assert [entry.agent_email for entry in page.log[-1:]] == ["alice@example.com"]
    assert lines(room) == [
        "Alice Andersen acknowledged", "Bob Brown noted: The index is missing", "Alice Andersen resolved it",
    ]  # fmt: skip

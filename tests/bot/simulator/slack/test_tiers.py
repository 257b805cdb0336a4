import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator.slack import Slack
from bot.simulator.slack.tiers import Tiers

pytestmark = pytest.mark.anyio


async def test_no_limits_hold_until_they_are_switched_on(client: AsyncWebClient) -> None:
    for number in range(25):
        await client.conversations_create(name=f"inc-{number}")


async def test_the_21st_call_of_a_tier_2_method_in_a_minute_is_429(client: AsyncWebClient, slack: Slack) -> None:
    slack.tiers = True
    for number in range(20):
        await client.conversations_create(name=f"inc-{number}")
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_create(name="inc-20")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert 55 <= int(caught.value.response.headers["Retry-After"]) <= 60
    await client.auth_test()


def test_a_channel_takes_a_short_burst_and_then_one_message_a_second() -> None:
    tiers = Tiers()
    waits = [tiers.wait("chat.postMessage", 600, "C1") for _ in range(4)]
    assert waits == [None, None, None, 3]
    assert tiers.wait("chat.postMessage", 600, "C2") is None


def test_a_workspace_takes_300_messages_a_minute() -> None:
    tiers = Tiers()
    waits = [tiers.wait("chat.postMessage", 600, f"C{number}") for number in range(301)]
    assert waits[:300] == [None] * 300
    assert waits[300] == 60


def test_a_window_opens_again_as_time_passes() -> None:
    tiers = Tiers()
    tiers.minute = 0.0
    assert [tiers.wait("pins.add", 1, "C1") for _ in range(3)] == [None] * 3

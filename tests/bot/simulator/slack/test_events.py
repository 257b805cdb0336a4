import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator.credentials import SLACK_SIGNING_SECRET
from bot.simulator.slack import Slack
from bot.simulator.slack.model import BOT_ID, BOT_USER_ID
from tests.bot.simulator.slack.listener import Listener

pytestmark = pytest.mark.anyio


@pytest.fixture
async def room(client: AsyncWebClient, slack: Slack, listener: Listener) -> str:
    """A room of the bot and Alice, made before anyone listened."""
    slack.events.retry_after = (0.01, 0.01, 0.01)
    channel: str = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    await client.conversations_invite(channel=channel, users="U0ALICE")
    await slack.settled()
    listener.asked.clear()
    return channel


async def test_a_message_is_told_signed_and_whole(slack: Slack, listener: Listener, room: str) -> None:
    message = await slack.say("alice", room, "it is <slow>")
    await slack.settled()
    asked = listener.asked[0]
    assert SignatureVerifier(SLACK_SIGNING_SECRET).is_valid_request(asked.body, asked.headers)
    outer = asked.payload
    assert (outer["type"], outer["team_id"], outer["authorizations"][0]["user_id"]) == (
        "event_callback",
        "T0SIMULATED",
        BOT_USER_ID,
    )
    assert outer["event_id"].startswith("Ev")
    event = outer["event"]
    assert (event["text"], event["user"], event["channel"], event["ts"], event["channel_type"]) == (
        "it is &lt;slow&gt;",
        "U0ALICE",
        room,
        message.ts,
        "channel",
    )


async def test_a_mention_is_told_twice_and_only_where_the_bot_is(slack: Slack, listener: Listener, room: str) -> None:
    await slack.say("alice", room, "@muster ack")
    await slack.say("alice", "general", "@muster ack")
    await slack.settled()
    assert [event["text"] for event in listener.events("app_mention")] == [f"<@{BOT_USER_ID}> ack"]
    assert len(listener.events("message")) == 1


async def test_the_bots_own_messages_come_back_with_its_bot_id(
    client: AsyncWebClient, slack: Slack, listener: Listener, room: str
) -> None:
    posted = await client.chat_postMessage(channel=room, text="card")
    await client.chat_update(channel=room, ts=posted["ts"], text="card 2")
    await client.chat_delete(channel=room, ts=posted["ts"])
    await slack.settled()
    told = {event.get("subtype"): event for event in listener.events("message")}
    assert (told[None]["bot_id"], told[None]["user"]) == (BOT_ID, BOT_USER_ID)
    assert told["message_changed"]["message"]["text"] == "card 2"
    assert told["message_deleted"]["deleted_ts"] == posted["ts"]


async def test_reactions_arrivals_archives_and_homes_are_told(
    client: AsyncWebClient, slack: Slack, listener: Listener, room: str
) -> None:
    message = await slack.say("alice", room, "look")
    await slack.react("alice", room, message.ts, ":eyes:")
    await slack.react("alice", room, message.ts, "eyes")
    await client.conversations_invite(channel=room, users="U0BOB")
    await slack.open_home("alice")
    await client.conversations_archive(channel=room)
    await slack.settled()
    added = listener.events("reaction_added")[0]
    assert (added["reaction"], added["item"]["ts"]) == ("eyes", message.ts)
    assert len(listener.events("reaction_removed")) == 1
    joined = listener.events("member_joined_channel")[0]
    assert (joined["user"], joined["inviter"]) == ("U0BOB", BOT_USER_ID)
    assert listener.events("app_home_opened")[0]["tab"] == "home"
    assert listener.events("channel_archive")[0]["channel"] == room


async def test_what_was_not_subscribed_to_is_not_told(slack: Slack, listener: Listener, room: str) -> None:
    slack.events.subscriptions = frozenset({"app_mention"})
    await slack.say("alice", room, "quiet")
    await slack.settled()
    assert listener.asked == []


async def test_a_failed_event_comes_again_three_times_with_its_id(slack: Slack, listener: Listener, room: str) -> None:
    listener.reply = (500, "")
    await slack.say("alice", room, "again")
    await slack.settled()
    headers = [
        (asked.headers.get("x-slack-retry-num"), asked.headers.get("x-slack-retry-reason")) for asked in listener.asked
    ]
    assert headers == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({asked.payload["event_id"] for asked in listener.asked}) == 1


async def test_a_bot_may_ask_for_no_retry(slack: Slack, listener: Listener, room: str) -> None:
    listener.reply, listener.headers = (500, ""), {"x-slack-no-retry": "1"}
    await slack.say("alice", room, "once")
    await slack.settled()
    assert len(listener.asked) == 1


async def test_a_lost_answer_is_a_timeout_and_comes_again(slack: Slack, listener: Listener, room: str) -> None:
    slack.faults.add("slack-out:message", lost_reply=True, times=1)
    await slack.say("alice", room, "twice")
    await slack.settled()
    assert [asked.headers.get("x-slack-retry-reason") for asked in listener.asked] == [None, "http_timeout"]


async def test_the_url_is_verified_by_its_challenge(slack: Slack, listener: Listener) -> None:
    assert not await slack.verify_url()
    challenge = listener.asked[0].payload
    assert challenge["type"] == "url_verification"
    assert challenge["challenge"]

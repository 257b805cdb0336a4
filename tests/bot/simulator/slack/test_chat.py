import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator.slack import Slack
from tests.bot.simulator.slack.refusing import error

pytestmark = pytest.mark.anyio


@pytest.fixture
async def room(client: AsyncWebClient) -> str:
    channel: str = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    return channel


async def test_a_message_is_stamped_later_than_every_other(client: AsyncWebClient, room: str) -> None:
    stamps = [(await client.chat_postMessage(channel=room, text="again"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


async def test_posting_without_joining_needs_its_own_scope(client: AsyncWebClient, slack: Slack) -> None:
    await client.chat_postMessage(channel="#general", text="by name")
    slack.api.scopes -= {"chat:write.public"}
    assert await error(client.chat_postMessage(channel="C0GENERAL", text="a")) == "not_in_channel"
    assert await error(client.chat_postMessage(channel="nowhere", text="a")) == "channel_not_found"


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "a", "blocks": [{"type": "sections"}]}, "invalid_blocks"),
        ({"text": "a", "metadata": {"event_type": "muster"}}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_type": "m", "event_payload": {"k": "v" * 20_000}}}, "metadata_too_large"),
        ({"text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "a", "attachments": [{"text": "b"}] * 101}, "too_many_attachments"),
    ],
)
async def test_a_message_outside_the_rules_is_refused(
    client: AsyncWebClient, room: str, what: dict[str, object], refusal: str
) -> None:
    assert await error(client.api_call("chat.postMessage", json={"channel": room, **what})) == refusal


async def test_text_is_cut_off_at_40000(client: AsyncWebClient, room: str, slack: Slack) -> None:
    await client.chat_postMessage(channel=room, text="a" * 40_001)
    assert len(slack.channels[room].messages[-1].text) == 40_000


async def test_an_update_replaces_text_and_blocks_and_marks_it_edited(
    client: AsyncWebClient, room: str, slack: Slack
) -> None:
    blocks = [{"type": "divider"}]
    ts = (await client.chat_postMessage(channel=room, text="first", blocks=blocks))["ts"]
    await client.chat_update(channel=room, ts=ts, text="second")
    message = slack.channels[room].message(ts)
    assert message is not None
    assert (message.text, message.blocks, bool(message.edited)) == ("second", [], True)
    assert await error(client.chat_update(channel=room, ts=ts, text="a" * 4001)) == "msg_too_long"
    assert await error(client.chat_update(channel=room, ts="1.000001", text="a")) == "message_not_found"
    await client.conversations_archive(channel=room)
    assert await error(client.chat_update(channel=room, ts=ts, text="late")) == "is_inactive"


async def test_only_its_own_messages_can_be_changed(client: AsyncWebClient, room: str, slack: Slack) -> None:
    theirs = await slack.say("alice", room, "mine")
    assert await error(client.chat_update(channel=room, ts=theirs.ts, text="a")) == "cant_update_message"
    assert await error(client.chat_delete(channel=room, ts=theirs.ts)) == "cant_delete_message"
    ours = (await client.chat_postMessage(channel=room, text="ours"))["ts"]
    await client.chat_delete(channel=room, ts=ours)
    assert slack.channels[room].message(ours) is None


async def test_an_ephemeral_message_reaches_members_alone(client: AsyncWebClient, room: str, slack: Slack) -> None:
    assert await error(client.chat_postEphemeral(channel=room, user="U0BOB", text="a")) == "user_not_in_channel"
    await client.conversations_invite(channel=room, users="U0BOB")
    await client.chat_postEphemeral(channel=room, user="U0BOB", text="for you")
    assert [(each.user, each.text) for each in slack.ephemerals] == [("U0BOB", "for you")]
    assert "for you" not in [each.text for each in slack.channels[room].messages]


async def test_pins_bookmarks_and_reactions_say_when_it_is_already_so(
    client: AsyncWebClient, room: str, slack: Slack
) -> None:
    ts = (await client.chat_postMessage(channel=room, text="card"))["ts"]
    await client.pins_add(channel=room, timestamp=ts)
    assert await error(client.pins_add(channel=room, timestamp=ts)) == "already_pinned"
    assert [each["message"]["ts"] for each in (await client.pins_list(channel=room))["items"]] == [ts]
    await client.pins_remove(channel=room, timestamp=ts)
    assert await error(client.pins_remove(channel=room, timestamp=ts)) == "no_pin"
    await client.reactions_add(channel=room, timestamp=ts, name="eyes")
    assert await error(client.reactions_add(channel=room, timestamp=ts, name="eyes")) == "already_reacted"
    reactions = (await client.reactions_get(channel=room, timestamp=ts))["message"]["reactions"]
    assert reactions == [{"name": "eyes", "users": ["U0MUSTER"], "count": 1}]
    await client.reactions_remove(channel=room, timestamp=ts, name="eyes")
    assert await error(client.reactions_remove(channel=room, timestamp=ts, name="eyes")) == "no_reaction"


async def test_bookmarks_can_be_added_edited_listed_and_removed(client: AsyncWebClient, room: str) -> None:
    link = "https://example.com/runbook"
    added = await client.bookmarks_add(channel_id=room, title="Runbook", type="link", link=link)
    bookmark = added["bookmark"]["id"]
    await client.bookmarks_edit(bookmark_id=bookmark, channel_id=room, title="Runbook 2")
    listed = (await client.bookmarks_list(channel_id=room))["bookmarks"]
    assert [(each["title"], each["link"]) for each in listed] == [("Runbook 2", link)]
    await client.bookmarks_remove(bookmark_id=bookmark, channel_id=room)
    assert await error(client.bookmarks_remove(bookmark_id=bookmark, channel_id=room)) == "not_found"
    assert await error(client.bookmarks_add(channel_id=room, title="a", type="link", link="ftp://a")) == "invalid_link"


async def test_a_permalink_leads_to_the_message(client: AsyncWebClient, room: str) -> None:
    ts = (await client.chat_postMessage(channel=room, text="here"))["ts"]
    link = (await client.chat_getPermalink(channel=room, message_ts=ts))["permalink"]
    assert link.endswith(f"/archives/{room}/p{ts.replace('.', '')}")

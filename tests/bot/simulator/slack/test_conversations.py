import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator.slack import Slack
from bot.simulator.slack.model import BOT_USER_ID
from tests.bot.simulator.slack.refusing import error, refused

pytestmark = pytest.mark.anyio


async def made(client: AsyncWebClient, name: str = "inc-1", *, private: bool = False) -> str:
    channel: str = (await client.conversations_create(name=name, is_private=private))["channel"]["id"]
    return channel


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("", "invalid_name_required"),
        ("a" * 81, "invalid_name_maxlength"),
        ("Inc-1", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("déjà", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("-_-", "invalid_name_punctuation"),
        ("general", "name_taken"),
    ],
)
async def test_a_name_outside_slacks_rules_is_refused(client: AsyncWebClient, name: str, refusal: str) -> None:
    assert await error(client.conversations_create(name=name)) == refusal


async def test_a_name_of_80_is_taken_even_after_archiving(client: AsyncWebClient) -> None:
    channel = await made(client, "a_1-" * 20)
    await client.conversations_archive(channel=channel)
    assert await error(client.conversations_create(name="a_1-" * 20)) == "name_taken"
    assert await error(client.conversations_archive(channel=channel)) == "already_archived"
    assert await error(client.chat_postMessage(channel=channel, text="late")) == "is_archived"
    assert await error(client.conversations_setTopic(channel=channel, topic="late")) == "is_archived"
    assert await error(client.conversations_unarchive(channel=channel)) == "not_in_channel"


async def test_an_invitation_is_all_or_nothing_unless_forced(client: AsyncWebClient, slack: Slack) -> None:
    channel = await made(client)
    people = ["U0ALICE", "U0DANA", "U0MALLORY", "U0NOBODY", BOT_USER_ID]
    body = await refused(client.conversations_invite(channel=channel, users=people))
    assert [each["error"] for each in body["errors"]] == [
        "user_is_restricted",
        "no_external_invite_permission",
        "user_not_found",
        "cant_invite_self",
    ]
    assert slack.channels[channel].members == {BOT_USER_ID}
    answer = await client.conversations_invite(channel=channel, users=people, force=True)
    assert len(answer["errors"]) == 4
    assert slack.channels[channel].members == {BOT_USER_ID, "U0ALICE"}
    assert await error(client.conversations_invite(channel=channel, users="U0ALICE")) == "already_in_channel"


async def test_more_than_100_people_in_one_invitation_are_refused(client: AsyncWebClient) -> None:
    people = [f"U{number}" for number in range(101)]
    assert await error(client.conversations_invite(channel=await made(client), users=people)) == "too_many_users"


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(client: AsyncWebClient, slack: Slack) -> None:
    channel = await made(client, private=True)
    slack.channels[channel].members = {"U0ALICE"}
    assert await error(client.conversations_info(channel=channel)) == "channel_not_found"
    assert await error(client.chat_postMessage(channel=channel, text="hi")) == "channel_not_found"


async def test_what_needs_membership_is_refused_until_the_bot_joins(client: AsyncWebClient) -> None:
    assert await error(client.conversations_history(channel="C0GENERAL")) == "not_in_channel"
    assert await error(client.conversations_setTopic(channel="C0GENERAL", topic="a")) == "not_in_channel"
    await client.conversations_join(channel="C0GENERAL")
    await client.conversations_setTopic(channel="C0GENERAL", topic="a")
    assert await error(client.conversations_archive(channel="C0GENERAL")) == "cant_archive_general"


@pytest.mark.parametrize("what", ["topic", "purpose"])
async def test_topic_and_purpose_hold_250_characters(client: AsyncWebClient, slack: Slack, what: str) -> None:
    channel = await made(client)
    describe = client.conversations_setTopic if what == "topic" else client.conversations_setPurpose
    await describe(channel=channel, **{what: "é" * 250})
    assert await error(describe(channel=channel, **{what: "é" * 251})) == "too_long"
    assert (await client.conversations_info(channel=channel))["channel"][what]["value"] == "é" * 250


async def test_history_is_newest_first_in_pages_with_metadata_on_request(client: AsyncWebClient) -> None:
    channel = await made(client)
    metadata = {"event_type": "muster", "event_payload": {"key": "k1"}}
    for number in range(4):
        await client.chat_postMessage(channel=channel, text=f"m{number}", metadata=metadata)
    first = await client.conversations_history(channel=channel, limit=3, include_all_metadata=True)
    assert [each["text"] for each in first["messages"]] == ["m3", "m2", "m1"]
    assert first["messages"][0]["metadata"] == metadata
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=channel, limit=3, cursor=cursor)
    assert [each["text"] for each in rest["messages"]] == ["m0", f"<@{BOT_USER_ID}> has joined the channel"]
    assert rest["has_more"] is False
    assert "metadata" not in rest["messages"][0]
    assert await error(client.conversations_history(channel=channel, cursor="nonsense")) == "invalid_cursor"


async def test_history_between_two_instants_leaves_the_bounds_out_unless_inclusive(client: AsyncWebClient) -> None:
    channel = await made(client)
    ts = [(await client.chat_postMessage(channel=channel, text=f"m{number}"))["ts"] for number in range(3)]
    inner = await client.conversations_history(channel=channel, oldest=ts[0], latest=ts[2])
    assert [each["text"] for each in inner["messages"]] == ["m1"]
    whole = await client.conversations_history(channel=channel, oldest=ts[0], latest=ts[2], inclusive=True)
    assert len(whole["messages"]) == 3
    assert await error(client.conversations_history(channel=channel, oldest="soon")) == "invalid_ts_oldest"


async def test_replies_stand_in_their_thread_and_not_in_the_history(client: AsyncWebClient) -> None:
    channel = await made(client)
    parent = (await client.chat_postMessage(channel=channel, text="parent"))["ts"]
    await client.chat_postMessage(channel=channel, text="reply", thread_ts=parent)
    thread = await client.conversations_replies(channel=channel, ts=parent)
    assert [each["text"] for each in thread["messages"]] == ["parent", "reply"]
    assert "reply" not in [each["text"] for each in (await client.conversations_history(channel=channel))["messages"]]
    assert await error(client.conversations_replies(channel=channel, ts="1.000001")) == "thread_not_found"


async def test_lists_know_public_private_and_archived(client: AsyncWebClient) -> None:
    secret, old = await made(client, "secret", private=True), await made(client, "old")
    await client.conversations_archive(channel=old)
    public = await client.conversations_list(exclude_archived=True)
    assert {each["name"] for each in public["channels"]} == {"general", "incidents", "checkout"}
    mine = await client.users_conversations(types=["public_channel", "private_channel"])
    assert {each["id"] for each in mine["channels"]} == {secret, old}
    assert await error(client.conversations_list(types="secret_channel")) == "invalid_types"
    assert await error(client.conversations_list(limit=1001)) == "invalid_limit"
    assert (await client.conversations_members(channel=secret))["members"] == [BOT_USER_ID]


async def test_a_direct_conversation_is_opened_once(client: AsyncWebClient) -> None:
    opened = (await client.conversations_open(users="U0ALICE"))["channel"]["id"]
    assert (await client.chat_postMessage(channel="U0ALICE", text="hi"))["channel"] == opened
    assert await error(client.conversations_open(users="U0NOBODY")) == "user_not_found"


async def test_people_are_found_by_mail_unless_they_are_strangers(client: AsyncWebClient) -> None:
    found = await client.users_lookupByEmail(email="alice@example.com")
    assert found["user"]["id"] == "U0ALICE"
    assert await error(client.users_lookupByEmail(email="mallory@elsewhere.example")) == "users_not_found"
    assert "email" not in (await client.users_info(user="U0MALLORY"))["user"]["profile"]
    groups = await client.usergroups_list(include_users=True)
    assert groups["usergroups"][0]["handle"] == "sre"
    assert (await client.usergroups_users_list(usergroup="S0SRE"))["users"] == ["U0ALICE", "U0CAROL"]
    assert await error(client.usergroups_users_list(usergroup="S0")) == "no_such_subteam"
    assert len((await client.users_list(limit=2))["members"]) == 2

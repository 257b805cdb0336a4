"""The client against the pretended Slack, over real HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.job import Priority
from bot.simulator.simulator import Simulator
from bot.simulator.slack.model import Channel, User
from bot.slack.client import Slack
from bot.slack.views import forms
from bot.slack.views import room as words
from bot.slack.views.card import card
from bot.slack.views.home import home
from bot.slack.views.lines import line
from tests.bot.slack.given import TRIGGERED

pytestmark = pytest.mark.anyio
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_it_knows_who_it_is_and_asks_once(world: Simulator, slack: Slack) -> None:
    known = await slack.identity()
    assert await slack.at(Priority.HUMAN).identity() == known
    assert world.slack.user(known.bot_user_id).is_bot
    assert len(world.faults.calls("slack:auth.test")) == 1


async def test_a_taken_name_is_refused_in_slacks_own_word(slack: Slack, room: str) -> None:
    with pytest.raises(Refused) as refusal:
        await slack.create_channel("inc-42-checkout", private=True)
    assert refusal.value.code == "name_taken"


async def test_a_channel_is_found_again_only_if_the_bot_made_it_since_then(slack: Slack, room: str) -> None:
    assert await slack.own_channel("inc-42-checkout", created_after=datetime.now(UTC)) == room
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await slack.own_channel("inc-42-checkout", created_after=later) is None
    await slack.join("C0INCIDENTS")
    assert await slack.own_channel("incidents", created_after=LONG_AGO) is None
    assert await slack.channel_id("#incidents") == "C0INCIDENTS"


async def test_its_channels_are_found_on_later_pages_too(world: Simulator, slack: Slack) -> None:
    for number in range(250):
        world.slack.channels[f"C0FULL{number}"] = Channel(
            f"C0FULL{number}", f"full-{number}", "U0MUSTER", 1_700_000_000, members={"U0MUSTER"}
        )
    assert await slack.channel_id("full-249") == "C0FULL249"
    assert await slack.channel_id("nowhere") is None


async def test_a_message_is_found_again_by_its_key(slack: Slack, room: str) -> None:
    ts = await slack.post(room, card(TRIGGERED), key="card:42")
    await slack.post(room, line("something else"), key="line:1")
    assert await slack.posted(room, "card:42") == ts
    assert await slack.posted(room, "card:43") is None
    assert (await slack.permalink(room, ts)).endswith(ts.replace(".", ""))


async def test_an_announcement_can_be_looked_for_before_the_bot_has_joined(world: Simulator, slack: Slack) -> None:
    ts = await slack.post("C0INCIDENTS", line("INC-42"), key="announcement:42")
    assert await slack.posted("C0INCIDENTS", "announcement:42") == ts
    assert "U0MUSTER" in world.slack.channel("incidents").members


async def test_a_posted_message_mentions_nobody(world: Simulator, slack: Slack, room: str) -> None:
    await slack.post(room, line("<!channel> @channel https://evil.example"), key="k")
    message = world.slack.channels[room].messages[-1]
    assert message.text == "&lt;!channel&gt; @channel https://evil.example"
    assert message.blocks[0]["elements"][0]["verbatim"] is True


async def test_an_update_replaces_the_whole_message(world: Simulator, slack: Slack, room: str) -> None:
    ts = await slack.post(room, card(TRIGGERED), key="card:42")
    await slack.update(room, ts, line("gone"))
    message = world.slack.channels[room].message(ts)
    assert message is not None
    assert (message.text, len(message.blocks)) == ("gone", 1)
    assert await slack.posted(room, "card:42") == ts


async def test_a_reply_stands_in_its_thread(world: Simulator, slack: Slack, room: str) -> None:
    ts = await slack.post(room, line("top"), key="a")
    await slack.post(room, line("below"), key="b", thread_ts=ts)
    assert world.slack.channels[room].messages[-1].thread_ts == ts


async def test_a_whisper_is_heard_by_one(world: Simulator, slack: Slack, room: str) -> None:
    await slack.invite(room, ["U0ALICE"])
    await slack.whisper(room, "U0ALICE", line("only you"))
    assert [(heard.user, heard.text) for heard in world.slack.ephemerals] == [("U0ALICE", "only you")]
    with pytest.raises(Refused, match="user_not_in_channel"):
        await slack.whisper(room, "U0BOB", line("not here"))


async def test_inviting_reports_only_who_could_not_come(world: Simulator, slack: Slack, room: str) -> None:
    await slack.invite(room, ["U0BOB"])
    wanted = ["U0ALICE", "U0BOB", "U0DANA", "U0NOBODY", "U0MUSTER", "U0CAROL", "U0ALICE"]
    assert await slack.invite(room, wanted) == {"U0DANA": "user_is_restricted", "U0NOBODY": "user_not_found"}
    assert world.slack.channels[room].members == {"U0MUSTER", "U0ALICE", "U0BOB", "U0CAROL"}
    assert len(world.faults.calls("slack:conversations.invite")) == 3  # Bob; all; the good ones
    assert await slack.invite(room, []) == {}


async def test_more_than_a_hundred_are_invited_in_batches(world: Simulator, slack: Slack, room: str) -> None:
    everyone = [f"U0MANY{number}" for number in range(230)]
    for user in everyone:
        world.slack.users[user] = User(user, user.lower(), user)
    assert await slack.invite(room, everyone) == {}
    assert world.slack.channels[room].members == {"U0MUSTER", *everyone}


async def test_nobody_can_be_invited_to_an_archived_room(slack: Slack, room: str) -> None:
    await slack.archive(room)
    with pytest.raises(Refused, match="is_archived"):
        await slack.invite(room, ["U0ALICE", "U0BOB"])


async def test_topic_and_purpose_are_cut_to_what_slack_takes(world: Simulator, slack: Slack, room: str) -> None:
    await slack.set_topic(room, "<" * 300)
    await slack.set_purpose(room, "x" * 300)
    channel = world.slack.channels[room]
    assert channel.topic == "&lt;" * 62 + "…"
    assert channel.purpose == "x" * 249 + "…"


async def test_a_topic_is_escaped_once(world: Simulator, slack: Slack, room: str) -> None:
    await slack.set_topic(room, words.topic(replace(TRIGGERED, title="R&D <!channel>")))
    assert world.slack.channels[room].topic == "INC-42 · R&amp;D &lt;!channel&gt; · Checkout · high urgency"


async def test_what_is_so_already_is_no_error(world: Simulator, slack: Slack, room: str) -> None:
    ts = await slack.post(room, card(TRIGGERED), key="card:42")
    for _ in range(2):
        await slack.pin(room, ts)
    assert world.slack.channels[room].pins == [ts]
    for _ in range(2):
        await slack.archive(room)
    assert world.slack.channels[room].is_archived


async def test_bookmarks_can_be_listed(slack: Slack, room: str) -> None:
    await slack.add_bookmark(room, "PagerDuty", "https://acme.pagerduty.example/Q1", ":pager:")
    await slack.add_bookmark(room, "Runbook", "https://runbook.example")
    assert await slack.bookmarks(room) == [
        ("PagerDuty", "https://acme.pagerduty.example/Q1"), ("Runbook", "https://runbook.example")
    ]  # fmt: skip


async def test_the_last_word_is_a_humans(world: Simulator, slack: Slack, room: str) -> None:
    await slack.invite(room, ["U0ALICE", "U0BOB"])
    assert await slack.last_word(room) is None
    top = await world.slack.say("alice", room, "looking")
    await slack.post(room, line("quiet"), key="k")
    assert await slack.last_word(room) == datetime.fromtimestamp(float(top.ts), UTC)


async def test_people_are_told_apart(world: Simulator, slack: Slack) -> None:
    names = ("alice", "dana", "mallory", "muster")
    standings = [(await slack.person(world.slack.user(name).id)).standing for name in names]
    assert standings == ["member", "guest", "outsider", "bot"]
    world.slack.user("bob").deleted = True
    assert (await slack.person("U0BOB")).standing == "deactivated"


async def test_a_person_is_found_by_address_or_is_not_there(slack: Slack) -> None:
    carol = await slack.person_with_email("carol@example.com")
    assert carol is not None
    assert (carol.slack_id, carol.name, carol.email) == ("U0CAROL", "Carol Chen", "carol@example.com")
    assert await slack.person_with_email("nobody@example.com") is None
    with pytest.raises(Refused) as refusal:
        await slack.person("U0NOBODY")
    assert refusal.value.code == "user_not_found"


@pytest.mark.parametrize("name", ["S0SRE", "@sre", "sre"])
async def test_a_group_is_known_by_id_and_by_handle(slack: Slack, name: str) -> None:
    assert await slack.group_members(name) == ["U0ALICE", "U0CAROL"]


async def test_an_unknown_group_is_refused(slack: Slack) -> None:
    with pytest.raises(Refused, match="no user group @nobody"):
        await slack.group_members("@nobody")


async def test_a_form_opens_and_a_trigger_serves_once(world: Simulator, slack: Slack) -> None:
    trigger = world.slack.workspace.triggers.issue("U0ALICE")
    await slack.open_form(trigger, forms.note(TRIGGERED))
    assert [view.definition["callback_id"] for view in world.slack.views("alice")] == ["form:note"]
    with pytest.raises(Refused, match="exchanged_trigger_id"):
        await slack.open_form(trigger, forms.note(TRIGGERED))


async def test_the_home_tab_is_shown(world: Simulator, slack: Slack) -> None:
    await slack.show_home("U0ALICE", home([TRIGGERED]))
    assert world.slack.home("alice") is not None


async def test_a_missing_scope_says_how_to_mend_it(world: Simulator, slack: Slack) -> None:
    world.slack.api.scopes = frozenset({"chat:write"})
    with pytest.raises(Refused) as refusal:
        await slack.create_channel("inc-1", private=True)
    assert refusal.value.code == "missing_scope"
    assert "reinstall the app from the manifest, needs groups:write" in str(refusal.value)

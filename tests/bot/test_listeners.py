"""Someone speaks to Muster in Slack: typed, pressed, submitted or said in a thread, the same command runs, once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.effects import World
from bot.listeners import Listeners
from bot.simulator import Simulator, credentials
from bot.simulator.slack.delivery import Parcel
from bot.simulator.slack.model import APP_ID, TEAM_ID, User
from bot.slack.views.card import card
from bot.speaking import conversation, slack_events
from bot.speaking.conversation import Conversation
from bot.speaking.lifeline import Lifeline
from bot.speaking.overhearing import Overhearing
from tests.bot.doors import serving
from tests.bot.front import BOT, ELSEWHERE, ROOM, Front
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
REQUESTED = ("acknowledge.requested", "Alice Andersen")


@pytest.fixture
async def front(simulator: Simulator, world: World) -> AsyncIterator[Front]:
    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_user_id=BOT)

    app = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)
    talk = Conversation(world, Lifeline(world.database))
    Listeners(talk, Overhearing(world.database, talk)).attach(app)
    secrets, ours = (credentials.SLACK_SIGNING_SECRET,), slack_events.Affiliation()
    async with serving(slack_events.routes(app, secrets=secrets, ours=ours)) as client:
        simulator.bot_url = str(client.base_url).rstrip("/")
        front = Front(simulator, world)
        await front.introduce()
        yield front


async def test_typed_pressed_submitted_and_said_are_the_same(front: Front) -> None:
    await front.slack.command("Alice", ROOM, "/incident note Restarted")
    await front.press("note")
    answer = await front.slack.submit("Alice", await front.form(), {"note": "Restarted"})
    assert answer.ok
    await front.slack.say("Alice", ROOM, "!note Restarted")
    await front.slack.say("Alice", ROOM, f"<@{BOT}> note Restarted")
    assert await front.done() == [("note.written", "Alice Andersen")] * 4
    entries = await front.database.read(lambda tx: tx.timeline("INC-1"))
    assert {entry.text for entry in entries[-4:]} == {"Alice Andersen noted: Restarted"}
    assert [entry.origin for entry in entries[-4:]] == ["slack.command", "slack.form", "slack.mention", "slack.mention"]


async def test_the_acknowledgement_of_what_was_typed_carries_the_answer(front: Front) -> None:
    answer = await front.slack.command("Alice", ROOM, "/incident ack")
    assert "Acknowledging INC-1" in answer.text
    assert await front.told() == []
    assert await front.done() == [REQUESTED]


async def test_a_press_in_the_room_is_answered_by_the_card_alone(front: Front) -> None:
    assert (await front.press("ack")).ok
    assert await front.told() == []
    assert await front.done() == [REQUESTED]


async def test_a_press_with_something_to_say_owes_the_answer(front: Front) -> None:
    await front.press("ack")
    await front.press("ack", by="Bob")
    (text,) = await front.told()
    assert "it is already on its way" in text
    assert await front.done() == [REQUESTED]


async def test_a_verb_works_in_a_thread_and_is_answered_there(front: Front) -> None:
    parent = await front.slack.say("Bob", ROOM, "Look at this")
    await front.slack.say("Alice", ROOM, "!ack", thread_ts=parent.ts)
    assert await front.done() == [REQUESTED]
    (answer,) = await front.owed("tell")
    assert answer.job.arguments["thread_ts"] == parent.ts


async def test_what_slack_sends_again_happens_once_and_is_answered_once(front: Front) -> None:
    await front.slack.say("Alice", ROOM, "!note Restarted")
    await front.done()
    parcel = front.slack.delivery.log[-1].parcel
    await asyncio.gather(*(front.slack.delivery.send(parcel, attempt=nth) for nth in (1, 2, 3)))
    assert await front.done() == [("note.written", "Alice Andersen")]
    assert len(await front.owed("annotate", "tell")) == 1


async def test_ordinary_talk_and_the_bots_own_words_are_not_commands(front: Front) -> None:
    await front.slack.say("Alice", ROOM, "ack")
    await front.slack.say("Alice", ROOM, "I said !ack")
    await front.slack.say(BOT, ROOM, "!ack")
    assert await front.done() == []
    assert await front.told() == []


async def test_change_is_a_command_of_its_own(front: Front) -> None:
    answer = await front.slack.command("Alice", ELSEWHERE, "/change deploy checkout v42")
    assert "Deployed Checkout v42" in answer.text
    entries = await front.database.read(lambda tx: tx.timeline("service:PSCHECK"))
    assert [entry.kind for entry in entries] == ["service.change.logged"]


async def test_an_unknown_verb_gets_the_nearest_and_changes_nothing(front: Front) -> None:
    answer = await front.slack.command("Alice", ROOM, "/incident aknowledge")
    assert "ack" in answer.text
    assert await front.done() == []


async def test_what_is_wrong_with_an_input_is_said_beside_it(front: Front) -> None:
    await front.slack.command("Alice", ELSEWHERE, "/change")
    view = await front.form()
    answer = await front.slack.submit("Alice", view, {"summary": "v42", "service": "PSCHECK", "link": "ftp://x"})
    assert answer.body
    assert list(answer.body["errors"]) == ["link"]
    assert [one.id for one in front.slack.views("Alice")] == [view]
    fixed = await front.slack.submit("Alice", view, {"summary": "v42", "service": "PSCHECK", "link": "https://x.test"})
    assert fixed.ok
    assert front.slack.views("Alice") == []


async def test_who_may_not_is_refused_in_words_and_on_the_timeline(front: Front) -> None:
    front.slack.channel(ROOM).members.add("U0DANA")
    answer = await front.slack.command("Dana", ROOM, "/incident ack")
    assert "Guests" in answer.text
    assert await front.done() == [("command.refused", "Dana Diaz")]


async def test_a_button_works_only_where_its_incident_is_at_home(front: Front) -> None:
    front.slack.channel(ELSEWHERE).members.add(BOT)
    await front.press("ack", channel=ELSEWHERE)
    (text,) = await front.told()
    assert "not its room" in text
    assert await front.done() == [("command.refused", "Alice Andersen")]


async def test_while_slack_is_away_those_it_introduced_before_are_known(front: Front) -> None:
    await front.slack.command("Alice", ROOM, "/incident help")
    front.faults.add("slack:*", down=True)
    assert "Acknowledging" in (await front.slack.command("Alice", ROOM, "/incident ack")).text
    assert await front.done() == [REQUESTED]


@pytest.mark.parametrize("fault", [{"down": True}, {"latency": 5.0}, {"error": "user_not_found"}, {"garbage": True}])
async def test_a_stranger_stays_one_while_slack_does_not_say_who_they_are(
    front: Front, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "INTRODUCED_WITHIN", 0.1)
    front.faults.add("slack:users.info", **fault)
    answer = await front.slack.command("Alice", ROOM, "/incident ack")
    assert answer.ok
    assert [kind for kind, _ in await front.done()] == ["command.refused"]


async def test_without_a_database_the_answer_sends_people_to_pagerduty(front: Front) -> None:
    await front.slack.command("Alice", ROOM, "/incident note")
    view = await front.form()
    front.database.close()
    answer = await front.slack.command("Alice", ROOM, "/incident ack")
    assert "act in PagerDuty" in answer.text
    submitted = await front.slack.submit("Alice", view, {"note": "Restarted"})
    assert submitted.body
    assert "act in PagerDuty" in submitted.body["errors"]["note"]
    assert [one.id for one in front.slack.views("Alice")] == [view]


async def test_without_a_database_whoever_pressed_is_sent_to_pagerduty_at_once(front: Front) -> None:
    """A press has no answer of its own, and nothing can be owed: it is said past the database."""
    ts = await front.world.slack.post(ROOM, card(await incident(front)), key="card")
    front.database.close()
    assert (await front.slack.press("Alice", ROOM, ts, "command:ack")).ok
    [told] = [one.text for one in front.slack.ephemerals]
    assert "act in PagerDuty" in told


async def incident(front: Front) -> Any:
    return await front.database.read(lambda tx: tx.incident(1))


async def test_a_room_archived_by_hand_is_known_to_be(front: Front) -> None:
    room = front.slack.channel(ROOM)
    event = {"type": "channel_archive", "channel": room.id, "user": "U0ALICE", "event_ts": "1.1"}
    for _ in range(2):
        front.slack.events.emit("channel_archive", event)
    assert await front.done() == [("room.archived", "Alice Andersen")]


async def test_the_home_tab_is_owed_once_however_often_it_is_opened(front: Front) -> None:
    for _ in range(3):
        await front.slack.open_home("Alice")
    await front.slack.settled()
    assert len(await front.owed("show_home")) == 1


async def test_nothing_people_say_is_logged(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await front.slack.command("Alice", ROOM, "/incident note confidential")
    await front.slack.say("Alice", ROOM, "!note confidential")
    await front.slack.say("Alice", ROOM, "confidential")
    await front.done()
    assert "confidential" not in caplog.text


@pytest.mark.parametrize("how", [{"bot_id": "B0APP"}, {"subtype": "bot_message"}, {"edited": {"user": "U0ALICE"}}])
@pytest.mark.parametrize("kind", ["app_mention", "message"])
async def test_what_an_app_or_an_edit_says_in_somebodys_name_nobody_has_said(front: Front, kind: str, how: Any) -> None:
    text = f"<@{BOT}> note x" if kind == "app_mention" else "!note x"
    event = {"type": kind, "user": "U0ALICE", "text": text, "ts": "1.1", "channel": ROOM, "event_ts": "1.1", **how}
    outer = {"team_id": TEAM_ID, "api_app_id": APP_ID, "event": event, "type": "event_callback", "event_id": "Ev1"}
    reply = await front.slack.delivery.send(Parcel("events_api", kind, outer))
    assert reply.status == 200
    assert await front.done() == []


async def test_a_word_with_a_mark_and_a_mention_is_heard_once(front: Front) -> None:
    await front.slack.say("Alice", ROOM, f"!ack <@{BOT}>")
    assert await front.done() == [REQUESTED]
    (text,) = await front.told()
    assert "Acknowledging INC-1" in text


async def test_the_lead_goes_to_people_slack_describes_and_not_to_bots_nor_the_departed(front: Front) -> None:
    front.slack.users["U0GONE"] = User("U0GONE", "gone", "Gustav Gone", "gustav@example.com", deleted=True)
    for who, answer in ((BOT, "cannot lead"), ("U0GONE", "cannot lead"), ("U0NOBODY", "does not know them")):
        assert answer in (await front.slack.command("Alice", ROOM, f"/incident lead <@{who}>")).text
    await front.slack.command("Alice", ROOM, "/incident lead <@U0CAROL>")
    incident = await front.database.read(lambda tx: tx.incident(1))
    assert incident
    assert incident.lead
    assert (incident.lead.id, incident.lead.name) == ("U0CAROL", front.slack.user("Carol").real_name)

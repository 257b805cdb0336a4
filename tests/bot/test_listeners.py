"""Someone speaks to Muster in Slack: typed, pressed, submitted or said in a thread, the same command runs, once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot import conversation, slack_events
from bot.conversation import Conversation
from bot.domain.incident import Reference
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.effects import World
from bot.listeners import Listeners
from bot.simulator import Simulator, credentials
from bot.slack.views.card import card
from storage import Transaction
from tests.bot.doors import serving
from tests.builders import room_opened, triggered
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
ROOM, ELSEWHERE, BOT = "C0CHECKOUT", "C0GENERAL", "U0MUSTER"
REQUESTED = ("acknowledge.requested", "Alice Andersen")


class Bench:
    """The first door between the pretended Slack and a ledger with INC-1 in its room. What is owed stays owed."""

    def __init__(self, simulator: Simulator, world: World) -> None:
        self.slack, self.world, self.database = simulator.slack, world, world.database
        self.faults = simulator.faults

    async def introduce(self) -> None:
        self.slack.channel(ROOM).members.add(BOT)

        def introduce(tx: Transaction) -> None:
            tx.remember_services([Reference("PSCHECK", "Checkout")])
            tx.record(triggered(by=MUSTER))
            tx.record(room_opened(by=MUSTER, channel=ROOM))

        await self.database.write(introduce)
        await self.owed()

    async def press(self, verb: str, *, by: str = "Alice", channel: str = ROOM) -> Any:
        """On a card of INC-1, posted as it stands now."""
        incident = await self.database.read(lambda tx: tx.incident(1))
        assert incident
        ts = await self.world.slack.post(channel, card(incident), key="card")
        return await self.slack.press(by, channel, ts, f"command:{verb}")

    async def owed(self, *kinds: str) -> list[Claim]:
        """Jobs that are due, of these kinds, which are thereby done."""
        claims = await self.database.write(lambda tx: [one for one in tx.claim(100) if tx.settle(one)])
        return [claim for claim in claims if claim.job.kind in kinds]

    async def told(self) -> list[str]:
        """What people are to be told in private, by whatever way."""
        return [str(claim.job.arguments["text"]) for claim in await self.owed("tell")]

    async def form(self) -> str:
        """The id of the form that was asked for last, once it is open."""
        (claim,) = await self.owed("open_form")
        await self.world.slack.open_form(claim.job.arguments["trigger_id"], claim.job.arguments["view"])
        return self.slack.views("Alice")[-1].id

    async def done(self) -> list[tuple[str, str]]:
        """(kind, actor) of what people did, as the timeline has it."""
        await self.slack.settled()
        entries = await self.database.read(lambda tx: tx.timeline("INC-1"))
        return [(entry.kind, entry.actor.name) for entry in entries if entry.actor != MUSTER]


@pytest.fixture
async def bench(simulator: Simulator, world: World) -> AsyncIterator[Bench]:
    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_user_id=BOT)

    app = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)
    Listeners(Conversation(world)).attach(app)
    async with serving(slack_events.routes(app, secrets=(credentials.SLACK_SIGNING_SECRET,))) as client:
        simulator.bot_url = str(client.base_url).rstrip("/")
        bench = Bench(simulator, world)
        await bench.introduce()
        yield bench


async def test_typed_pressed_submitted_and_said_are_the_same(bench: Bench) -> None:
    await bench.slack.command("Alice", ROOM, "/incident note Restarted")
    await bench.press("note")
    answer = await bench.slack.submit("Alice", await bench.form(), {"note": "Restarted"})
    assert answer.ok
    await bench.slack.say("Alice", ROOM, "!note Restarted")
    await bench.slack.say("Alice", ROOM, f"<@{BOT}> note Restarted")
    assert await bench.done() == [("note.written", "Alice Andersen")] * 4
    entries = await bench.database.read(lambda tx: tx.timeline("INC-1"))
    assert {entry.text for entry in entries[-4:]} == {"Alice Andersen noted: Restarted"}
    assert [entry.origin for entry in entries[-4:]] == ["slack.command", "slack.form", "slack.mention", "slack.mention"]


async def test_the_acknowledgement_of_what_was_typed_carries_the_answer(bench: Bench) -> None:
    answer = await bench.slack.command("Alice", ROOM, "/incident ack")
    assert "Acknowledging INC-1" in answer.text
    assert await bench.told() == []
    assert await bench.done() == [REQUESTED]


async def test_a_press_in_the_room_is_answered_by_the_card_alone(bench: Bench) -> None:
    assert (await bench.press("ack")).ok
    assert await bench.told() == []
    assert await bench.done() == [REQUESTED]


async def test_a_press_with_something_to_say_owes_the_answer(bench: Bench) -> None:
    await bench.press("ack")
    await bench.press("ack", by="Bob")
    (text,) = await bench.told()
    assert "it is already on its way" in text
    assert await bench.done() == [REQUESTED]


async def test_a_verb_works_in_a_thread_and_is_answered_there(bench: Bench) -> None:
    parent = await bench.slack.say("Bob", ROOM, "Look at this")
    await bench.slack.say("Alice", ROOM, "!ack", thread_ts=parent.ts)
    assert await bench.done() == [REQUESTED]
    (answer,) = await bench.owed("tell")
    assert answer.job.arguments["thread_ts"] == parent.ts


async def test_what_slack_sends_again_happens_once_and_is_answered_once(bench: Bench) -> None:
    await bench.slack.say("Alice", ROOM, "!note Restarted")
    await bench.done()
    parcel = bench.slack.delivery.log[-1].parcel
    await asyncio.gather(*(bench.slack.delivery.send(parcel, attempt=nth) for nth in (1, 2, 3)))
    assert await bench.done() == [("note.written", "Alice Andersen")]
    assert len(await bench.owed("annotate", "tell")) == 1


async def test_ordinary_talk_and_the_bots_own_words_are_not_commands(bench: Bench) -> None:
    await bench.slack.say("Alice", ROOM, "ack")
    await bench.slack.say("Alice", ROOM, "I said !ack")
    await bench.slack.say(BOT, ROOM, "!ack")
    assert await bench.done() == []
    assert await bench.told() == []


async def test_change_is_a_command_of_its_own(bench: Bench) -> None:
    answer = await bench.slack.command("Alice", ELSEWHERE, "/change deploy checkout v42")
    assert "Deployed Checkout v42" in answer.text
    entries = await bench.database.read(lambda tx: tx.timeline("service:PSCHECK"))
    assert [entry.kind for entry in entries] == ["service.change.logged"]


async def test_an_unknown_verb_gets_the_nearest_and_changes_nothing(bench: Bench) -> None:
    answer = await bench.slack.command("Alice", ROOM, "/incident aknowledge")
    assert "ack" in answer.text
    assert await bench.done() == []


async def test_what_is_wrong_with_an_input_is_said_beside_it(bench: Bench) -> None:
    await bench.slack.command("Alice", ELSEWHERE, "/change")
    view = await bench.form()
    answer = await bench.slack.submit("Alice", view, {"summary": "v42", "service": "PSCHECK", "link": "ftp://x"})
    assert answer.body
    assert list(answer.body["errors"]) == ["link"]
    assert [one.id for one in bench.slack.views("Alice")] == [view]
    fixed = await bench.slack.submit("Alice", view, {"summary": "v42", "service": "PSCHECK", "link": "https://x.test"})
    assert fixed.ok
    assert bench.slack.views("Alice") == []


async def test_who_may_not_is_refused_in_words_and_on_the_timeline(bench: Bench) -> None:
    bench.slack.channel(ROOM).members.add("U0DANA")
    answer = await bench.slack.command("Dana", ROOM, "/incident ack")
    assert "Guests" in answer.text
    assert await bench.done() == [("command.refused", "Dana Diaz")]


async def test_a_button_works_only_where_its_incident_is_at_home(bench: Bench) -> None:
    bench.slack.channel(ELSEWHERE).members.add(BOT)
    await bench.press("ack", channel=ELSEWHERE)
    (text,) = await bench.told()
    assert "not its room" in text
    assert await bench.done() == [("command.refused", "Alice Andersen")]


async def test_while_slack_is_away_those_it_introduced_before_are_known(bench: Bench) -> None:
    await bench.slack.command("Alice", ROOM, "/incident help")
    bench.faults.add("slack:*", down=True)
    assert "Acknowledging" in (await bench.slack.command("Alice", ROOM, "/incident ack")).text
    assert await bench.done() == [REQUESTED]


@pytest.mark.parametrize("fault", [{"down": True}, {"latency": 5.0}, {"error": "user_not_found"}, {"garbage": True}])
async def test_a_stranger_stays_one_while_slack_does_not_say_who_they_are(
    bench: Bench, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "SLACK_MAY_TAKE", 0.1)
    bench.faults.add("slack:users.info", **fault)
    answer = await bench.slack.command("Alice", ROOM, "/incident ack")
    assert answer.ok
    assert [kind for kind, _ in await bench.done()] == ["command.refused"]


async def test_without_a_database_the_answer_sends_people_to_pagerduty(bench: Bench) -> None:
    await bench.slack.command("Alice", ROOM, "/incident note")
    view = await bench.form()
    bench.database.close()
    answer = await bench.slack.command("Alice", ROOM, "/incident ack")
    assert "act in PagerDuty" in answer.text
    submitted = await bench.slack.submit("Alice", view, {"note": "Restarted"})
    assert submitted.body
    assert "act in PagerDuty" in submitted.body["errors"]["note"]
    assert [one.id for one in bench.slack.views("Alice")] == [view]


async def test_without_a_database_slack_shows_that_a_press_did_nothing(bench: Bench) -> None:
    """A press has no answer of its own, and nothing can be owed: only the failure itself can be seen."""
    ts = await bench.world.slack.post(ROOM, card((await incident(bench))), key="card")
    bench.database.close()
    assert not (await bench.slack.press("Alice", ROOM, ts, "command:ack")).ok


async def incident(bench: Bench) -> Any:
    return await bench.database.read(lambda tx: tx.incident(1))


async def test_a_room_archived_by_hand_is_known_to_be(bench: Bench) -> None:
    room = bench.slack.channel(ROOM)
    event = {"type": "channel_archive", "channel": room.id, "user": "U0ALICE", "event_ts": "1.1"}
    for _ in range(2):
        bench.slack.events.emit("channel_archive", event)
    assert await bench.done() == [("room.archived", "Alice Andersen")]


async def test_the_home_tab_is_owed_once_however_often_it_is_opened(bench: Bench) -> None:
    for _ in range(3):
        await bench.slack.open_home("Alice")
    await bench.slack.settled()
    assert len(await bench.owed("show_home")) == 1


async def test_nothing_people_say_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await bench.slack.command("Alice", ROOM, "/incident note confidential")
    await bench.slack.say("Alice", ROOM, "!note confidential")
    await bench.slack.say("Alice", ROOM, "confidential")
    await bench.done()
    assert "confidential" not in caplog.text

"""A call in one transaction: its answer, whatever goes wrong, and nothing half done."""

import threading
import time
from dataclasses import replace

import pytest

from bot.domain.errors import Misuse, Unavailable
from bot.domain.job import Job
from bot.domain.policy import Unasked
from bot.effects import World
from bot.speaking.conversation import A_BUG, Conversation, Run
from bot.speaking.lifeline import Lifeline
from commands import Call, Form, Reply, WrongField
from storage import Transaction
from tests.builders import at, person, triggered
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
FIELDS = {"incident": "1", "note": "x"}
NO_HURRY = time.monotonic() + 3600
CALL = Call(
    by=person(), channel="C1", at=at(0), id="1.2.abc", trigger_id="1.2.abc", fields=FIELDS, asked=NO_HURRY
)  # fmt: skip


@pytest.fixture
def conversation(world: World) -> Conversation:
    return Conversation(world, Lifeline(world.database))


def misused(tx: Transaction, _: Call) -> Reply:
    tx.record(triggered())
    raise Misuse("Name it <like> INC-42.")


def wrong_field(tx: Transaction, _: Call) -> Reply:
    tx.record(triggered())
    raise WrongField("link", "A link begins with https://.")


def buggy(tx: Transaction, _: Call) -> Reply:
    tx.record(triggered())
    raise KeyError("confidential")


def unavailable(tx: Transaction, _: Call) -> Reply:
    raise Unavailable("disk full", reached=False)


def done(tx: Transaction, _: Call) -> Reply:
    tx.record(triggered())
    return Reply("Done.")


def asks(tx: Transaction, _: Call) -> Reply:
    return Reply("I opened a form.", form=Form({"type": "modal"}), quiet=True)


async def jobs(world: World) -> list[Job]:
    claims = await world.database.write(lambda tx: tx.claim(100))
    return [claim.job for claim in claims if claim.job.incident is None]


@pytest.mark.parametrize(
    ("run", "answer"),
    [
        (done, "Done."),
        (misused, "Name it &lt;like&gt; INC-42."),
        (buggy, "Muster made a mistake and nothing was done"),
        (unavailable, "Muster cannot reach its database, so nothing was done, and nothing will be tried again. Please"),
    ],
)
async def test_every_call_is_answered(conversation: Conversation, run: Run, answer: str) -> None:
    reply = await conversation.answer(CALL, run)
    assert reply.text.startswith(answer)
    assert "confidential" not in reply.text


async def test_what_the_policy_wants_to_know_is_asked_even_when_it_is_late_already(conversation: Conversation) -> None:
    """They may have stood behind a replica that was frozen."""
    linked = ("linked", "")

    def run(_: Transaction, call: Call) -> Reply:
        if linked not in call.facts:
            raise Unasked(frozenset({linked}))
        return Reply(f"Linked: {call.facts[linked]}.")

    reply = await conversation.answer(replace(CALL, asked=time.monotonic() - 60), run)
    assert reply.text == "Linked: True."


async def test_nobody_waits_for_a_refusal_to_be_remembered(conversation: Conversation, world: World) -> None:
    go_on, busy = threading.Event(), []

    def run(_: Transaction, call: Call) -> Reply:
        busy.append(world.database.submit(lambda tx: go_on.wait(30)))
        raise Misuse("Name it.")

    try:
        reply = await conversation.answer(replace(CALL, asked=time.monotonic() - 60), run)
        assert reply.text == "Name it."
        assert not busy[0].done()
    finally:
        go_on.set()


@pytest.mark.parametrize("run", [misused, buggy, wrong_field])
async def test_what_fails_leaves_nothing_behind(conversation: Conversation, world: World, run: Run) -> None:
    await conversation.answer(CALL, run)
    await conversation.submit(CALL, run)
    assert await world.database.read(lambda tx: tx.incident(1)) is None
    assert await jobs(world) == []


async def test_an_answer_that_is_owed_is_put_with_what_was_done(conversation: Conversation, world: World) -> None:
    for _ in range(2):  # Slack repeats itself
        await conversation.answer_later(CALL, done)
    (job,) = await jobs(world)
    assert (job.kind, job.arguments["text"], job.arguments["user"]) == ("tell", "Done.", "U0ALICE")


@pytest.mark.parametrize("run", [misused, buggy])
async def test_what_went_wrong_is_owed_as_an_answer_too(
    conversation: Conversation, world: World, run: Run
) -> None:
    await conversation.answer_later(CALL, run)
    (job,) = await jobs(world)
    assert job.arguments["text"]


async def test_a_form_is_opened_by_a_job_in_the_same_transaction(conversation: Conversation, world: World) -> None:
    await conversation.answer(CALL, asks)
    (job,) = await jobs(world)
    assert (job.kind, job.arguments["trigger_id"]) == ("open_form", "1.2.abc")


@pytest.mark.parametrize(
    ("run", "errors"),
    [
        (done, {}),
        (wrong_field, {"link": "A link begins with https://."}),
        (misused, {"note": "Name it <like> INC-42."}),
        (buggy, {"note": A_BUG.text}),
    ],
)
async def test_what_is_wrong_with_a_form_is_told_by_input(
    conversation: Conversation, run: Run, errors: dict[str, str]
) -> None:
    assert await conversation.submit(CALL, run) == errors


async def test_a_form_taken_while_the_database_is_away_says_where_to_act(conversation: Conversation) -> None:
    errors = await conversation.submit(CALL, unavailable)
    assert "act in PagerDuty" in errors["note"]

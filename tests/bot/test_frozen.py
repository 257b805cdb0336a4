"""A replica stops within a transaction, with its machine for instance: people who ask for what it holds are served."""

import asyncio
import threading
import time

import pytest

from bot.domain.events.requests import NoteWritten
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.effects import World
from bot.speaking.conversation import Conversation
from bot.speaking.lifeline import Lifeline
from commands import Call, Reply
from storage import Database, Transaction
from tests.builders import at, fact, person, triggered
from tests.databases import on_postgres
from tests.eventually import eventually

pytestmark = [pytest.mark.anyio, on_postgres]


def asked(tx: Transaction, _: Call) -> Reply:
    tx.record(fact(NoteWritten, 1, key="asked", note="The index is missing"))
    return Reply("Done.")


async def test_whoever_asks_waits_for_what_a_frozen_replica_holds(world: World, database_url: str) -> None:
    await world.database.write(lambda tx: tx.record(triggered()))
    frozen = Database(database_url, Reactions(Routing()), writers=1)
    holds, thawed = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        tx.record(fact(NoteWritten, 1, key="held", note="The disk is full"))
        holds.set()
        thawed.wait(30)

    frozen.open()
    try:
        stopped = frozen.submit(hold)
        await eventually(holds.is_set)
        call = Call(by=person(), channel="C1", at=at(1), id="1.2.abc", asked=time.monotonic())
        reply = await Conversation(world, Lifeline(world.database)).answer(call, asked)
        assert reply.text == "Done."
        thawed.set()
        await asyncio.wrap_future(stopped)
    finally:
        thawed.set()
        frozen.close()
    timeline = await world.database.read(lambda tx: tx.timeline("INC-1"))
    assert [entry.key for entry in timeline][-2:] == ["asked", "held"]  # what was undone is done again

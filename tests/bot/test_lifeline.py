"""Where to go on while our database is away: told to those who may know of it."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.people import Standing
from bot.domain.policy import Policy
from bot.domain.routing import Routing, Rule
from bot.speaking.lifeline import Lifeline
from commands import Call
from storage import Database
from tests.builders import at, person, triggered
from tests.databases import on_sqlite
from tests.eventually import eventually

pytestmark = [pytest.mark.anyio, on_sqlite]
PLACE = [("INC-1", "https://acme.example/incidents/Q1")]
PRIVATE = Policy(routing=Routing(default=Rule(private=True)))
CALL = Call(by=person(pagerduty_id="PEVE"), channel="C1", at=at(0), text="show INC-1")


@pytest.fixture
async def lifeline(database: Database) -> Lifeline:
    """One that has seen an open incident."""
    await database.write(lambda tx: tx.record(triggered(html_url=PLACE[0][1])))
    lifeline = Lifeline(database)
    looking = asyncio.create_task(lifeline.run())
    await eventually(lambda: lifeline.addresses(CALL, Policy()))
    lifeline.stop()
    await looking
    return lifeline


async def test_members_are_told_what_everybody_may_see(lifeline: Lifeline) -> None:
    assert lifeline.addresses(CALL, Policy()) == lifeline.addresses(CALL.saying("list"), Policy()) == PLACE


async def test_what_is_handled_in_private_is_offered_to_admins_and_responders_alone(lifeline: Lifeline) -> None:
    assert lifeline.addresses(CALL, PRIVATE) == lifeline.addresses(CALL.saying("list"), PRIVATE) == []
    assert lifeline.addresses(replace(CALL, by=replace(CALL.by, standing="admin")), PRIVATE) == PLACE


@pytest.mark.parametrize("standing", ["guest", "outsider", "bot", "deactivated"])
async def test_whoever_is_no_member_is_offered_nothing(lifeline: Lifeline, standing: Standing) -> None:
    assert lifeline.addresses(replace(CALL, by=replace(CALL.by, standing=standing)), Policy()) == []

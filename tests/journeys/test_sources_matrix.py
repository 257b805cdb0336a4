"""Eleven stages of a source's life, each for each of the five systems; each cell on one database, each stage and each
system on both."""

import asyncio
import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from bot.config import Config
from bot.console import connecting
from bot.console.demo import CHOICES, environment
from bot.domain.connecting import Wish
from bot.domain.source import id_of
from bot.effects.removing import Terms
from bot.effects.verifying import Target, verified
from tests.databases import BOTH
from tests.eventually import eventually
from tests.journeys.systems import SYSTEMS, System
from tests.journeys.town import card, lines, shown
from tests.journeys.works import SECRET, Works, works

pytestmark = pytest.mark.anyio
ROOT, NOBODYS = "root", "0" * 32


def _cells(first: int) -> pytest.MarkDecorator:
    """Each system on the one database or on the other, in turn."""
    cells = [(system, BOTH[nth % len(BOTH)]) for nth, system in enumerate(SYSTEMS, first)]
    names = [f"{system.adapter}-{database}" for system, database in cells]
    return pytest.mark.parametrize(("system", "database_url"), cells, ids=names, indirect=["database_url"])


from_sqlite, from_postgres = _cells(0), _cells(1)


def beside(town: Works, sources: Any) -> Config:
    """What the command line is told."""
    told = {**environment(town.simulator), "DATABASE_URL": town.database_url, "MUSTER_PUBLIC_URL": town.url}
    choices = CHOICES.model_validate({**CHOICES.model_dump(exclude_defaults=True), "sources": sources})
    return Config.read(told).model_copy(update={"choices": choices})


async def in_trouble(town: Works, system: System) -> None:
    assert (await system.say(town, system.wrong)).status_code == 202
    await town.room()


@from_sqlite
async def test_it_is_believed_and_kept(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        answer = await system.say(town, system.wrong)
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, system.key)
        [kept] = await town.database.read(lambda tx: tx.deliveries_of(f"in:{system.adapter}", 9))
        assert kept.body == system.wrong
        await town.settled()


@from_postgres
async def test_its_words_are_put_as_pagerdutys(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        await system.say(town, system.wrong)
        await eventually(lambda: town.alerts())
        [alert] = town.pagerduty.account.alerts.values()
        assert (alert.key, alert.severity) == (system.key, system.severity)
        assert system.summary in alert.summary
        await town.settled()


@from_sqlite
async def test_its_trouble_opens_a_room_that_says_where_it_came_from(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        await in_trouble(town, system)
        await eventually(lambda: _has_its_alert(town, system))
        await town.settled()
        assert system.severity in shown(card(await town.channel()))


async def _has_its_alert(town: Works, system: System) -> bool:
    return [one.dedup_key for one in (await town.incident()).alerts] == [system.key]


@from_postgres
async def test_what_is_pressed_in_slack_reaches_its_alert(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        await in_trouble(town, system)
        await town.press("Alice", "ack")
        await eventually(lambda: town.pagerduty.incidents[0].status == "acknowledged")
        await town.press("Alice", "resolve")
        await eventually(lambda: town.alerts() == {system.key: "resolved"})
        await town.settled()


@from_sqlite
async def test_its_recovery_resolves_the_incident_and_the_room_says_so(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        await in_trouble(town, system)
        assert (await system.say(town, system.over)).status_code == 202
        await eventually(lambda: town.alerts() == {system.key: "resolved"})
        await town.settled()
        assert not (await town.incident()).is_open
        assert any("is over" in line for line in lines(await town.channel()))


@from_postgres
async def test_a_change_in_its_room_stands_on_the_timeline_and_in_pagerduty(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        await in_trouble(town, system)
        room = await town.channel()
        await town.slack.command("Alice", room.id, "/incident change deploy Checkout v42")
        await eventually(lambda: "Checkout v42" in str([one.summary for one in town.pagerduty.change_events]))
        await town.settled()
        assert "change.logged" in await town.kinds()


@from_sqlite
async def test_the_same_again_causes_nothing(database_url: str, system: System) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        answers = await asyncio.gather(*(system.say(town, system.wrong) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        await town.room()
        assert await town.database.read(lambda tx: tx.incident(2)) is None
        assert town.alerts() == {system.key: "triggered"}
        assert len([one for one in town.slack.channels.values() if one.name.startswith("inc-")]) == 1


@from_postgres
async def test_a_bad_proof_is_refused_and_said(
    database_url: str, system: System, caplog: pytest.LogCaptureFixture
) -> None:
    async with works(database_url, {system.adapter: system.source}) as town:
        with caplog.at_level(logging.WARNING):
            assert (await system.say(town, system.wrong, secret="mallorys")).status_code == 401
            assert (await town.post(f"/in/{system.adapter}", content=system.wrong, headers={})).status_code == 401
        assert f"a request to /in/{system.adapter} that nothing proves" in caplog.text
        assert (town.alerts(), await town.said(system.adapter)) == ({}, [])


@from_sqlite
async def test_an_integration_key_that_leads_nowhere_is_found_out(database_url: str, system: System) -> None:
    sources = {system.adapter: {**system.source, "route": {"integration_key": NOBODYS}}}
    async with works(database_url, sources) as town, connecting.world_of(beside(town, sources)) as world:
        target = Target(system.adapter, "", "the key in muster.yaml", key_id=id_of(NOBODYS))
        found = await verified(replace(world, seen_within=0.3), target, uuid4().hex)
        assert "the key is probably wrong" in found.doubt


@from_postgres
async def test_it_is_connected_with_a_service_that_is_there_and_with_a_new_one(
    database_url: str, system: System
) -> None:
    sources = {system.adapter: {**system.source, "route": None}}
    async with works(database_url, sources) as town:
        config = beside(town, sources)
        assert await connecting.connect(config, [Wish(system.adapter, service="Search")], by=ROOT) == 0
        wish = Wish(system.adapter, new_service="Mail", policy="Search on call")
        assert await connecting.connect(config, [wish], by=ROOT) == 0
        await eventually(lambda: _is_taken(town, system, "mail"))
        await eventually(lambda: "Mail" in [one.service.name for one in town.pagerduty.incidents])
        await town.settled()


async def _is_taken(town: Works, system: System, to: str) -> bool:
    answer = await town.post(
        f"/in/{system.adapter}?to={to}", content=system.wrong, headers=dict(system.proof(system.wrong, SECRET))
    )
    return answer.status_code == 202


@from_sqlite
async def test_it_can_be_taken_away_with_what_it_left_open(database_url: str, system: System) -> None:
    sources = {system.adapter: system.source}
    async with works(database_url, sources) as town:
        await in_trouble(town, system)
        assert await connecting.remove(beside(town, sources), system.adapter, Terms(), by=ROOT) == 0
        assert town.alerts() == {system.key: "resolved"}
        await eventually(lambda: _is_gone(town, system))


async def _is_gone(town: Works, system: System) -> bool:
    return (await system.say(town, system.over)).status_code == 404

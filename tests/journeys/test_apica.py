"""A check of Apica fails, gets worse, and is well again."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.bot.sources.test_apica import filled
from tests.eventually import eventually
from tests.journeys.town import card, shown
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

SOURCES = {"apica": source("apica", verify={"basic": f"apica:{SECRET}"})}
KEY = "apica:4711"


async def apica(town: Works, body: str, *, password: str = SECRET) -> httpx.Response:
    basic = httpx.BasicAuth("apica", password)
    return await town.post("/in/apica", content=body.encode(), auth=basic, headers={})


def result(number: int, **changed: str) -> str:
    return filled(**{"RESULT_G-U-I-D": f"5b6f1d0e-0001-4000-8000-00000000000{number}", **changed})


async def test_a_check_opens_a_room_gets_worse_and_is_well_again(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answer = await apica(town, result(1, NEW_SEV_CHAR="W", NEW_SEV_WORD="Warning"))
        assert answer.status_code == 202
        assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": KEY}
        room = await town.room()
        assert "Sign in" in shown(card(room))
        assert (await apica(town, result(2, OLD_SEV_CHAR="W"))).is_success
        await eventually(lambda: _severities(town, ["warning", "critical"]))
        assert (await apica(town, result(3, NEW_SEV_CHAR="I", NEW_SEV_WORD="Info", OLD_SEV_CHAR="F"))).is_success
        await eventually(lambda: town.alerts() == {KEY: "resolved"})
        await town.settled()
        assert not (await town.incident()).is_open


async def test_a_resolve_without_a_severity_keeps_the_last_one(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        await apica(town, result(1, NEW_SEV_CHAR="E", NEW_SEV_WORD="Error"))
        await eventually(lambda: town.alerts() == {KEY: "triggered"})
        await apica(town, json.dumps({"event": "resolve", "check_id": "4711"}))
        await eventually(lambda: town.alerts() == {KEY: "resolved"})
        kept = await town.database.read(lambda tx: tx.alert("apica", KEY))
        assert (kept and kept.severity, kept and kept.status) == ("error", "resolved")


async def test_another_password_is_refused(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        assert (await apica(town, result(1), password="another")).status_code == 401
        assert (town.alerts(), await town.said("apica")) == ({}, [])


async def test_ten_of_the_same_at_once_make_one_alert_and_one_room(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answers = await asyncio.gather(*(apica(town, result(1)) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        await town.room()
        assert len(town.sent()) == 1
        assert town.alerts() == {KEY: "triggered"}
        assert await town.database.read(lambda tx: tx.incident(2)) is None


async def _severities(town: Works, wanted: list[str]) -> bool:
    said: list[Any] = [*await town.said("apica"), *await town.timeline()]
    return [one.details["severity"] for one in said if one.kind.endswith("signal.received")] == wanted

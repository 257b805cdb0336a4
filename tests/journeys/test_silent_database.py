"""The database says nothing any more: whoever sends hears it at once, at every door, and is heard when it is back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from bot.simulator import credentials
from tests.bot.doors import pagerdutys, told
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works
from tests.promises.ledger_faults import Database, database_behind

pytestmark = pytest.mark.anyio

SOURCES = {
    "plain": source("events-v2"),
    "monitor": source("events-v2", verify={"routing_key": SECRET}),
    "client": source("apica", verify={"oauth2": {"client_id": "apica", "client_secret": SECRET}}),
}
ALERT = {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"}
EVENT = {"routing_key": SECRET, "event_action": "trigger", "dedup_key": "db1/disk", "payload": ALERT}
CHANGE = {"routing_key": SECRET, "payload": {"summary": "v2 is out", "source": "ci"}}
CLIENT = {"grant_type": "client_credentials", "client_id": "apica", "client_secret": SECRET}
PAGE = told("SILENT", id="QSILENT")
KEEPS: Mapping[str, Mapping[str, Any]] = {
    "/in/plain": {"json": EVENT, "headers": {"Authorization": f"Bearer {SECRET}"}},
    "/v2/enqueue": {"json": EVENT},
    "/v2/change/enqueue": {"json": CHANGE},
    "/pagerduty/webhook": {"content": PAGE, "headers": pagerdutys(PAGE, credentials.PAGERDUTY_WEBHOOK_SECRET)},
}
READS: Mapping[str, Mapping[str, Any]] = {"/in/client/token": {"data": CLIENT}, "/in/nobody": {"json": EVENT}}
ROUNDS = 3
AT_ONCE = 2.0  # seconds: the promise is one, and the quickest of the rounds is not slow for the machine's sake


async def test_every_door_refuses_at_once_and_takes_it_when_the_database_is_back(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the key for tokens is kept
    async with database_behind(database_url) as ledger, works(ledger.url, SOURCES) as town:
        ledger.database = town.database
        await eventually(lambda: all_take(town))
        await ledger.fail("silent")
        try:
            quickest = await refusals(town, await silent_doors(ledger, town))
        finally:
            await ledger.mend()
        assert {door: took for door, took in quickest.items() if took > AT_ONCE} == {}
        await eventually(lambda: all_take(town), within=30.0)


async def silent_doors(ledger: Database, town: Works) -> Mapping[str, Mapping[str, Any]]:
    """A locked file can still be read. What is known of sources is believed for a moment."""
    if ledger.url.startswith("sqlite"):
        return KEEPS

    async def is_forgotten() -> bool:
        return set((await answers(town, READS)).values()) == {503}

    await eventually(is_forgotten, within=60.0)
    return {**KEEPS, **READS}


async def refusals(town: Works, doors: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The quickest of each door, in seconds; all of them are refusals that ask for it again."""
    quickest: dict[str, float] = {}

    async def refused(door: str) -> None:
        started = monotonic()
        answer = await sent(town, door, doors[door])
        quickest[door] = min(monotonic() - started, quickest.get(door, 60.0))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), door

    for _ in range(ROUNDS):
        await asyncio.gather(*(refused(door) for door in doors))
    return quickest


async def answers(town: Works, doors: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    told = await asyncio.gather(*(sent(town, door, what) for door, what in doors.items()))
    return {door: answer.status_code for door, answer in zip(doors, told, strict=True)}


async def all_take(town: Works) -> bool:
    return set((await answers(town, KEEPS)).values()) == {202}


async def sent(town: Works, door: str, what: Mapping[str, Any]) -> httpx.Response:
    return await town.http.post(f"{town.url}{door}", timeout=60.0, **what)

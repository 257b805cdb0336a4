"""Atlas raises an alert, says more of it, and closes it; nobody else can."""

import asyncio
import base64
import hmac
import json
from typing import Any

import httpx
import pytest

from tests.bot.sources.said import FIXTURES
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

PROOF = {"hmac": {"header": "X-MMS-Signature", "algorithm": "sha1", "encoding": "base64", "secret": SECRET}}
SOURCES = {"atlas": source("mongodb-atlas", verify=PROOF)}
METRIC = (FIXTURES / "mongodb-atlas-metric.txt").read_bytes()
KEY = "mongodb-atlas:65c0ffee0000000000000001"


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()


async def atlas(town: Works, event: str, body: bytes = METRIC, **headers: str) -> httpx.Response:
    told = {"X-MMS-Event": event, "X-MMS-Signature": signature(body), "Content-Type": "application/json", **headers}
    return await town.post("/in/atlas", content=body, headers=told)


def later(**changed: Any) -> bytes:
    return json.dumps({**json.loads(METRIC, strict=False), **changed}).encode()


async def test_an_alert_opens_a_room_is_updated_and_closes(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answer = await atlas(town, "alert.open")
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, KEY)
        await town.room()
        assert "DISK_PARTITION_SPACE_USED_DATA = 91.235 RAW" in (await town.incident()).title
        assert (await atlas(town, "alert.update", later(updated="2026-03-02T09:15:00Z"))).status_code == 202
        await eventually(lambda: len(town.sent()) == 2)
        assert (await atlas(town, "alert.close", later(status="CLOSED", updated="2026-03-02T09:30:00Z"))).is_success
        await eventually(lambda: town.alerts() == {KEY: "resolved"})
        await town.settled()
        assert not (await town.incident()).is_open
        assert await town.database.read(lambda tx: tx.incident(2)) is None


async def test_what_atlas_did_not_sign_is_refused(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        unsigned = await town.post("/in/atlas", content=METRIC, headers={"X-MMS-Event": "alert.open"})
        forged = await atlas(town, "alert.open", **{"X-MMS-Signature": signature(METRIC, "another")})
        changed = await atlas(town, "alert.open", **{"X-MMS-Signature": signature(METRIC + b" ")})
        assert [unsigned.status_code, forged.status_code, changed.status_code] == [401, 401, 401]
        assert (town.alerts(), await town.said("atlas")) == ({}, [])


async def test_ten_of_the_same_at_once_make_one_alert_and_one_room(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answers = await asyncio.gather(*(atlas(town, "alert.open") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        await town.room()
        assert len(town.sent()) == 1
        assert town.alerts() == {KEY: "triggered"}
        assert await town.database.read(lambda tx: tx.incident(2)) is None


async def test_what_atlas_only_tells_is_a_change_and_opens_nothing(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        assert "dedup_key" not in (await atlas(town, "alert.inform", later(status="INFORMATIONAL"))).json()
        await eventually(lambda: len(town.sent("POST /v2/change/enqueue")) == 1)
        await town.settled()
        assert town.alerts() == {}
        assert await town.database.read(lambda tx: tx.incident(1)) is None


async def test_updates_of_what_somebody_resolved_in_pagerduty_open_nothing(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        await atlas(town, "alert.open")
        await town.room()
        await town.pagerduty.resolve(town.pagerduty.incidents[0])
        await eventually(lambda: _is_over(town))
        await atlas(town, "alert.update", later(updated="2026-03-02T10:00:00Z"))
        await eventually(lambda: _is_told_why(town))
        assert (len(town.pagerduty.incidents), town.alerts()) == (1, {KEY: "resolved"})


async def _is_over(town: Works) -> bool:
    return not (await town.incident()).is_open


async def _is_told_why(town: Works) -> bool:
    said = [entry for entry in await town.timeline() if entry.kind == "signal.received"]
    return any("resolved in PagerDuty" in str(entry.details["why"]) for entry in said)

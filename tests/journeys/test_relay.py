"""A workflow fails and then succeeds; PagerDuty tells of its incidents the old way."""

import asyncio
import json

import pytest

from tests.bot.sources.said import fixture
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

SOURCES = {"relay": source("relay"), "old": {"adapter": "pagerduty-v2", "verify": {"token": SECRET}}}
MESSAGES = fixture("pagerduty-v2.json")["messages"]
OLD = f"/in/old?token={SECRET}"


async def test_a_failed_run_raises_an_alert_and_the_next_success_is_over_with_it(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        failed = {"workflow": "deploy", "run": 41, "status": "failed", "step": "roll-out"}
        assert (await town.post("/in/relay", failed)).json()["dedup_key"] == "relay:workflow:deploy"
        await town.room()
        assert (await town.incident()).title == "Relay: deploy failed at step roll-out"
        await town.post("/in/relay", {"workflow": "other", "run": 42, "status": "succeeded"})
        await town.post("/in/relay", {"workflow": "deploy", "run": 43, "status": "succeeded"})
        await eventually(lambda: town.alerts() == {"relay:workflow:deploy": "resolved"})


async def test_the_old_webhooks_move_the_same_incidents_and_page_nobody(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        assert (await town.post(OLD, {"messages": MESSAGES})).status_code == 202
        await eventually(lambda: _is_resolved(town))
        assert [kind for kind in await town.kinds() if kind.startswith("incident.")] == [
            "incident.triggered", "incident.annotated", "incident.resolved",
        ]  # fmt: skip
        assert (await town.incident()).title == "The cart is down"
        assert (town.alerts(), town.sent()) == ({}, [])


async def test_the_same_old_webhook_ten_times_at_once_is_one_incident(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answers = await asyncio.gather(*(town.post(OLD, {"messages": MESSAGES[:1]}) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        await eventually(lambda: town.incident())
        assert (await town.post("/in/old", {"messages": MESSAGES[:1]})).status_code == 401
        assert [kind for kind in await town.kinds() if kind.startswith("incident.")] == ["incident.triggered"]


async def test_an_old_message_that_makes_no_sense_hides_no_other(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        odd = {"id": "odd", "event": "incident.odd", "created_on": "2026-03-02T09:00:00Z", "incident": {}}
        assert (await town.post(OLD, {"messages": [odd, *MESSAGES]})).status_code == 202
        await eventually(lambda: _is_resolved(town))
        [kept] = await town.database.read(lambda tx: tx.not_understood())
        assert "messages[0]: event.event_type is 'incident.odd'" in (kept.complaint or "")
        assert json.loads(kept.body)["messages"][0] == odd


async def _is_resolved(town: Works) -> bool:
    return not (await town.incident()).is_open

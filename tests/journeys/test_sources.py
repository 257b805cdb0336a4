"""Systems signal, PagerDuty pages, a room opens, and it is over when they say so."""

from typing import Any

import pytest

from tests.eventually import eventually
from tests.journeys.works import SECRET, source, works

pytestmark = pytest.mark.anyio

MONITOR = {"monitor": source("events-v2", verify={"routing_key": SECRET})}


def event(action: str, **more: Any) -> dict[str, Any]:
    payload = {"payload": {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"}}
    return {"routing_key": SECRET, "event_action": action, "dedup_key": "db1/disk", **payload, **more}


async def test_an_alert_opens_a_room_and_its_recovery_resolves_the_incident(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        answer = await town.post("/in/monitor", event("trigger"))
        assert (answer.status_code, answer.json()["dedup_key"]) == (202, "db1/disk")
        await town.room()
        assert (await town.incident()).title == "The disk of db1 is full"
        assert (await town.post("/in/monitor", event("resolve"))).status_code == 202
        await eventually(lambda: town.alerts() == {"db1/disk": "resolved"})
        await town.settled()
        assert not (await town.incident()).is_open
        kinds = [entry.kind for entry in await town.said("monitor")]
        assert kinds[:2] == ["source.signal.received", "source.signal.sent"]


async def test_what_nothing_proves_is_refused_and_leaves_no_trace(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        assert (await town.post("/in/monitor", {**event("trigger"), "routing_key": "another"})).status_code == 401
        assert (await town.post("/in/nobody", event("trigger"))).status_code == 404
        assert await town.said("monitor") == []
        assert town.alerts() == {}

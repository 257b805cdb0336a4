"""Systems signal, PagerDuty pages, a room opens, and it is over when they say so."""

import json
from typing import Any

import pytest

from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, misunderstood, source, works

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


async def test_what_cannot_be_read_is_signalled_and_over_once_it_can_be(database_url: str) -> None:
    """A monitor forgets the severity; its owner mends that by hand in the kept delivery's successor."""
    broken = event("trigger", payload={"summary": "The disk of db1 is full", "source": "db1"})
    async with works(database_url, MONITOR) as town:
        assert (await town.post("/in/monitor", broken)).status_code == 202
        await eventually(lambda: town.alerts() == {"monitor:unmapped": "triggered"})
        await town.settled()
        [entry, *_] = await town.said("monitor")
        assert "cannot be read" in entry.text
        assert "'payload.severity' must be one of" in str(await complaint(town))


async def complaint(town: Works) -> str | None:
    [kept] = await town.database.read(lambda tx: tx.not_understood_of("in:monitor"))
    return kept.complaint


async def test_a_disabled_source_is_kept_and_read_once_it_is_enabled(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.slack.command("Alice", "general", "/incident sources disable monitor")
        await eventually(lambda: any("disabled" in text for text in town.told("Alice")))
        before = misunderstood("in:monitor")
        assert (await town.post("/in/monitor", event("trigger"))).status_code == 202
        await eventually(lambda: complaint(town))
        assert town.alerts() == {}
        assert misunderstood("in:monitor") == before, "it waits, as was asked"
        await town.slack.command("Alice", "general", "/incident sources enable monitor")
        await eventually(lambda: town.alerts() == {"db1/disk": "triggered"})


async def test_a_test_goes_all_the_way_and_wakes_nobody(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.slack.command("Alice", "general", "/incident sources test monitor live")
        [key] = await eventually(lambda: list(town.alerts()))
        assert key.startswith("verify:test-")
        assert [entry.kind for entry in await town.said("monitor")][:1] == ["source.tested"]


async def test_a_preview_shows_what_came_beside_what_it_became_and_sends_nothing(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.post("/in/monitor", event("trigger"))
        await eventually(lambda: town.alerts())
        await town.slack.command("Alice", "general", "/incident sources preview monitor")
        shown = await eventually(lambda: [one for one in town.told("Alice") if "Delivery 1" in one])
        assert shown
        assert len(town.faults.calls("events:*")) == 1


async def test_one_bad_event_of_a_batch_hides_no_other_and_what_was_said_once_is_not_said_again(
    database_url: str,
) -> None:
    said = {"specversion": "1.0", "source": "/backups", "type": "com.example.backup.failed"}
    batch = [{**said, "id": "1", "subject": "db1"}, {**said, "subject": "db2"}, {**said, "id": "3", "subject": "db3"}]
    async with works(database_url, {"events": source("cloudevents")}) as town:
        assert (await town.post("/in/events", batch)).status_code == 202
        of_backups = [f"cloudevents:/backups:com.example.backup:db{number}" for number in (1, 3)]
        await eventually(lambda: town.alerts().keys() == {*of_backups, "events:unmapped"})
        await town.settled()
        assert (await town.post("/in/events", [batch[0], batch[2]])).status_code == 202
        await eventually(lambda: both_are_read(town))
        await town.settled()
        assert len(town.faults.calls("events:*")) == 3


async def test_a_name_that_no_database_keeps_is_kept_all_the_same(database_url: str) -> None:
    """JSON can hold half a character, as can a header."""
    said = {"specversion": "1.0", "source": "/s", "type": "disk.full.failed"}
    async with works(database_url, {"events": source("cloudevents")}) as town:
        for name in ("\ud800", "\ud800" * 300, "nul\x00"):
            body = json.dumps({**said, "id": name, "subject": name[:2]}).encode()
            assert (await town.post("/in/events", content=body)).status_code == 202
        headers = [(b"Authorization", f"Bearer {SECRET}".encode()), (b"ce-type", b"x"), (b"ce-source", b"/\xff")]
        answer = await town.post("/in/events", content=b"", headers=[*headers, (b"ce-id", b"\xff")])
        assert answer.status_code == 202
        await eventually(lambda: len(town.alerts()) == 4)


async def both_are_read(town: Works) -> bool:
    return await town.database.read(lambda tx: tx.tally("in:events")[0] == 2 and not tx.unread(1))

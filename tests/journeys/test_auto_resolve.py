"""What a source says no more of is resolved when its time is over, and not before, and never under somebody's hands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.job import Job
from bot.effects.auto_resolve import LOOKED
from bot.simulator.pagerduty.incident import Incident
from bot.sources.naming import OUT_OF_TIME
from storage import NewDelivery, Transaction
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio
KEY, HOUR = "db1/disk", 3600


def monitor(**more: Any) -> dict[str, Any]:
    return {"monitor": source("events-v2", **{"verify": {"routing_key": SECRET}, "auto_resolve_timeout": HOUR, **more})}


def event(**more: Any) -> dict[str, Any]:
    payload = {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"}
    return {"routing_key": SECRET, "event_action": "trigger", "dedup_key": KEY, "payload": payload, **more}


async def raised(town: Works) -> Incident:
    """The incident of an alert that is open, and known to Muster."""
    await town.post("/v2/enqueue", event())
    await eventually(lambda: town.alerts() == {KEY: "triggered"})
    [page] = town.pagerduty.incidents
    await town.settled()
    await eventually(lambda: town.incident_of(page.id))
    await a_minute_passes(town)
    return page


async def read(town: Works) -> None:
    await town.settled()
    await eventually(lambda: town.database.read(lambda tx: not tx.is_reading()))
    await town.settled()


async def a_minute_passes(town: Works) -> None:
    await town.strike(lambda tx: tx.put(Job("auto_resolve", "clock/auto_resolve")))
    await read(town)


async def an_hour_passes(town: Works, **changed: Any) -> None:
    """Since its source spoke of it last."""

    def late(tx: Transaction) -> None:
        alert = tx.alert_in_hand("monitor", KEY)
        assert alert is not None
        tx.keep_alert(replace(alert, auto_resolve_at=datetime.now(UTC) - timedelta(seconds=1), **changed))

    await town.database.write(late)


async def test_what_is_said_no_more_of_is_resolved_once_its_time_is_over(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        page = await raised(town)
        await a_minute_passes(town)
        assert town.alerts() == {KEY: "triggered"}
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert (town.alerts(), page.status) == ({KEY: "resolved"}, "resolved")
        assert (await town.database.read(lambda tx: tx.tally("in:monitor")))[0] == 1, "the source itself spoke once"


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "not heard"])
async def test_what_somebody_has_in_hand_gets_its_time_again(database_url: str, heard: bool) -> None:
    """Also when no webhook has said so yet, and when it goes back to triggered."""
    async with works(database_url, monitor()) as town:
        page = await raised(town)
        if not heard:
            town.pagerduty.subscriptions.clear()
        await town.pagerduty.acknowledge(page)
        await town.settled()
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert page.status == "acknowledged"
        await town.pagerduty.unacknowledge(page)
        await a_minute_passes(town)
        assert page.status == "triggered"


async def test_an_incident_that_no_webhook_told_of_is_asked_for_by_its_key(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        town.pagerduty.subscriptions.clear()
        await unheard(town)
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert town.alerts() == {KEY: "resolved"}


async def test_another_services_incident_under_the_same_key_says_nothing(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        town.pagerduty.subscriptions.clear()
        page = await unheard(town)
        await town.pagerduty.acknowledge(page)
        await town.pagerduty.trigger_alert("Full", dedup_key=KEY, service="Search")
        assert {one.service.name for one in town.pagerduty.incidents} == {"Checkout", "Search"}
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert page.status == "acknowledged"


async def unheard(town: Works) -> Incident:
    await town.post("/v2/enqueue", event())
    await eventually(lambda: town.alerts() == {KEY: "triggered"})
    await a_minute_passes(town)
    return town.pagerduty.incidents[0]


async def test_after_a_time_in_which_nobody_listened_sources_have_theirs_again(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        await raised(town)
        await an_hour_passes(town)
        long_ago = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
        await town.database.write(lambda tx: tx.keep_fact(LOOKED, long_ago))
        await a_minute_passes(town)
        await a_minute_passes(town)
        assert town.alerts() == {KEY: "triggered"}
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert town.alerts() == {KEY: "resolved"}


async def test_what_was_taken_in_hand_while_its_source_was_disabled_stays_there(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        page = await raised(town)
        over = NewDelivery("in:monitor", "monitor:over", None, {OUT_OF_TIME: KEY}, b"", datetime.now(UTC))
        await an_hour_passes(town)
        await disabled(town, yes=True)
        await a_minute_passes(town)
        await town.database.write(lambda tx: tx.keep(over))  # as if it had been kept right before
        await town.pagerduty.acknowledge(page)
        await read(town)
        await disabled(town, yes=False)
        await read(town)
        assert page.status == "acknowledged"


async def disabled(town: Works, *, yes: bool) -> None:
    before = len(town.told("Alice"))
    await town.slack.command("Alice", "general", f"/incident sources {'disable' if yes else 'enable'} monitor")
    await eventually(lambda: len(town.told("Alice")) > before)


@pytest.mark.parametrize("again", [{}, {"payload": {**event()["payload"], "timestamp": "2026-03-02T09:00:00Z"}}])
async def test_what_was_resolved_by_people_and_is_said_again_is_not_silent(
    database_url: str, again: dict[str, Any]
) -> None:
    """Else the next repeat would page them a second time."""
    async with works(database_url, monitor(on_update_after_resolve="ignore")) as town:
        page = await raised(town)
        await town.pagerduty.resolve(page)
        await town.settled()
        await an_hour_passes(town)
        await town.post("/v2/enqueue", event(**again))
        await read(town)
        await a_minute_passes(town)
        await town.post("/v2/enqueue", event(**again))
        await read(town)
        assert len(town.pagerduty.incidents) == 1


async def test_the_same_under_the_same_name_is_no_news_and_still_a_sign_of_life(database_url: str) -> None:
    mapped = {"action": "trigger", "dedup_key": KEY, "summary": "Full", "severity": "error", "idempotency_key": "one"}
    told = {"verify": {"bearer": SECRET}, "route": {"service": "Checkout"}, "auto_resolve_timeout": HOUR}
    async with works(database_url, {"monitor": {"adapter": "generic", "map": mapped, **told}}) as town:
        await town.post("/in/monitor", {})
        await eventually(lambda: town.alerts() == {KEY: "triggered"})
        await an_hour_passes(town)
        await town.post("/in/monitor", {})
        await read(town)
        alert = await town.database.read(lambda tx: tx.alert("monitor", KEY))
        assert alert is not None
        assert alert.auto_resolve_at is not None
        assert alert.auto_resolve_at > datetime.now(UTC)
        assert len(await town.said("monitor")) == 2, "received and sent"


@pytest.mark.parametrize(
    ("seconds", "changed"), [(HOUR, {"elsewhere": True, "key_id": "lost"}), (0, {"auto_resolve_timeout": HOUR})]
)
async def test_what_nobody_here_can_know_of_or_shall_not_be_resolved_is_left_alone(
    database_url: str, seconds: int, changed: dict[str, Any]
) -> None:
    """Its incident is another account's in the other region; or it was raised before the timeout was switched off."""
    async with works(database_url, monitor(auto_resolve_timeout=seconds)) as town:
        await raised(town)
        await an_hour_passes(town, **changed)
        await a_minute_passes(town)
        assert town.alerts() == {KEY: "triggered"}

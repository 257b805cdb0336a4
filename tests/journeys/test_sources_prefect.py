"""Prefect's runs fail and succeed: each deployment has its alert, and what took too long is over when it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.job import Job
from bot.sources.naming import OUT_OF_TIME
from storage import NewDelivery, Transaction
from tests.bot.sources.prefect_events import JSON, automation, run, wrapped
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

FLOWS = {"flows": source("prefect", ui_url="https://prefect.example.com")}
KEY = "prefect:deployment:{}"
SLA = "prefect:automation:a1:prefect.flow-run.{}"


async def say(town: Works, told: JSON, to: str = "") -> Any:
    """As its webhook does: no media type is named."""
    request = town.http.build_request(
        "POST", f"{town.simulator.bot_url}/in/flows{f'?to={to}' if to else ''}", json=told,
        headers={"Authorization": f"Bearer {SECRET}"},
    )  # fmt: skip
    del request.headers["content-type"]
    answer = await town.http.send(request)
    assert answer.status_code == 202
    return answer.json()


async def test_a_later_success_of_the_same_deployment_resolves_and_another_does_not(database_url: str) -> None:
    async with works(database_url, FLOWS) as town:
        assert (await say(town, wrapped(run("Failed", "r1", deployment="d1"))))["dedup_key"] == KEY.format("d1")
        await say(town, run("Crashed", "r2", deployment="d2"))
        await eventually(lambda: town.alerts() == {KEY.format("d1"): "triggered", KEY.format("d2"): "triggered"})
        await say(town, wrapped(run("Completed", "r3", deployment="d1")))
        await eventually(lambda: town.alerts() == {KEY.format("d1"): "resolved", KEY.format("d2"): "triggered"})
        await town.settled()
        [severity] = {a.severity for (_, key), a in town.pagerduty.account.alerts.items() if key.endswith("d2")}
        assert severity == "critical"


@pytest.mark.parametrize("end", ["Completed", "Failed", "Cancelled"])
async def test_what_took_too_long_is_over_when_its_run_ends_however_it_ends(database_url: str, end: str) -> None:
    async with works(database_url, FLOWS) as town:
        for id_ in ("r1", "r2"):
            found = {**automation(run("Running", id_)), "id": f"found-{id_}"}
            assert (await say(town, {"event": found, "automation": "slow"}))["dedup_key"] == SLA.format(id_)
        await eventually(lambda: town.alerts() == {SLA.format("r1"): "triggered", SLA.format("r2"): "triggered"})
        await say(town, run(end, "r1"))
        await eventually(lambda: town.alerts()[SLA.format("r1")] == "resolved")
        await town.settled()
        assert town.alerts()[SLA.format("r2")] == "triggered"
        assert town.alerts().get(KEY.format("d1")) == ("triggered" if end == "Failed" else None)


async def test_of_a_run_that_vanished_the_alert_is_over_when_its_time_is(database_url: str) -> None:
    quick = {"flows": source("prefect", auto_resolve_timeout=1)}
    async with works(database_url, quick) as town:
        await say(town, {"event": automation(run("Running", "r1")), "automation": "slow"})
        await eventually(lambda: town.alerts() == {SLA.format("r1"): "triggered"})
        await eventually(lambda: _is_over(town))
        await eventually(lambda: [one.status for one in town.pagerduty.incidents] == ["resolved"])
        await town.settled()
        said = [entry.text for entry in [*await town.said("flows"), *await town.timeline()]]
        assert "Muster says that it is over: Prefect has said nothing more of" in " ".join(said)


async def _is_over(town: Works) -> bool:
    await a_minute_passes(town)
    return town.alerts() == {SLA.format("r1"): "resolved"}


async def a_minute_passes(town: Works) -> None:
    await town.strike(lambda tx: tx.put(Job("auto_resolve", "clock/auto_resolve")))
    await town.settled()
    await eventually(lambda: town.database.read(lambda tx: not tx.is_reading()))
    await town.settled()


async def late(town: Works, id_: str) -> None:
    """As if a day had gone by since this was found."""
    def make(tx: Transaction) -> None:
        alert = tx.alert_in_hand("flows", SLA.format(id_))
        assert alert is not None
        assert alert.auto_resolve_at is not None
        assert alert.auto_resolve_at - datetime.now(UTC) > timedelta(hours=23)
        tx.keep_alert(replace(alert, auto_resolve_at=datetime.now(UTC)))

    await town.database.write(make)


async def test_what_somebody_has_in_hand_is_not_over_when_its_time_is(database_url: str) -> None:
    async with works(database_url, FLOWS) as town:
        await say(town, {"event": automation(run("Running", "r1")), "automation": "slow"})
        await eventually(lambda: town.pagerduty.incidents)
        [page] = town.pagerduty.incidents
        await town.pagerduty.acknowledge(page)
        await town.settled()
        await eventually(lambda: town.incident_of(page.id))
        await late(town, "r1")
        await a_minute_passes(town)
        assert town.alerts() == {SLA.format("r1"): "triggered"}


async def test_what_is_said_again_meanwhile_is_not_over(database_url: str) -> None:
    async with works(database_url, FLOWS) as town:
        found = automation(run("Running", "r1"))
        await say(town, {"event": found, "automation": "slow"})
        await eventually(lambda: town.alerts() == {SLA.format("r1"): "triggered"})
        await late(town, "r1")
        await say(town, {"event": {**found, "id": "again"}, "automation": "slow"})
        await eventually(lambda: _is_read(town, "flows:again"))
        now, key = datetime.now(UTC), SLA.format("r1")
        over = NewDelivery("in:flows", "flows:over", None, {OUT_OF_TIME: key}, b"", now)
        await town.database.write(lambda tx: tx.keep(over))
        await eventually(lambda: _is_read(town, over.key))
        await town.settled()
        assert town.alerts() == {key: "triggered"}


async def _is_read(town: Works, key: str) -> bool:
    kept = await town.database.read(lambda tx: tx.delivery(key))
    return kept is not None and kept.state == "read"


async def test_the_address_may_name_a_route_with_a_severity_of_its_own(database_url: str) -> None:
    routes = [
        {"service": "Checkout"}, {"name": "pages", "service": "Checkout", "severity": "critical"},
        {"name": "office", "service": "Checkout", "severity": "info"},
    ]  # fmt: skip
    told = {**source("prefect"), "routes": routes}
    del told["route"]
    async with works(database_url, {"flows": told}) as town:
        for to in ("pages", "office", ""):
            await say(town, run("Failed", f"r{to}", deployment=f"d-{to}"), to)
        await eventually(lambda: len(town.alerts()) == 3)
        assert {key: a.severity for (_, key), a in town.pagerduty.account.alerts.items()} == {
            KEY.format("d-pages"): "critical", KEY.format("d-office"): "info", KEY.format("d-"): "error",
        }  # fmt: skip

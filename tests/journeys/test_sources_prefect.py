"""Prefect's runs fail and succeed: each deployment has its alert, and what took too long is over when it ends."""

from typing import Any

import pytest

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

"""Alerts and urgency, against the pretended PagerDuty."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.errors import Refused
from bot.outbound import trusted
from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty, TheirAlert
from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from bot.simulator.simulator import Simulator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def pagerduty(simulator: Simulator) -> AsyncIterator[PagerDuty]:
    async with httpx.AsyncClient(verify=trusted(), trust_env=False) as http:
        yield PagerDuty(http, url=f"{simulator.url}/pagerduty", token=PAGERDUTY_API_TOKEN, gate=Gate())


async def test_all_alerts_of_an_incident_are_read_however_many(simulator: Simulator, pagerduty: PagerDuty) -> None:
    service = simulator.pagerduty.service("Checkout")
    service.groups_alerts = True
    keys = [await simulator.pagerduty.trigger_alert(f"alert {n}") for n in range(103)]
    (incident,) = simulator.pagerduty.incidents
    alerts = await pagerduty.alerts(incident.id)
    assert [one.key for one in alerts] == keys
    assert alerts[0] == TheirAlert(incident.alerts[0].id, keys[0], service.id)


async def test_alerts_are_asked_for_by_status_and_order_that_pagerduty_knows(
    simulator: Simulator, pagerduty: PagerDuty
) -> None:
    simulator.pagerduty.service("Checkout").groups_alerts = True
    first, second = [await simulator.pagerduty.trigger_alert(title) for title in "ab"]
    await simulator.pagerduty.resolve_alert(first)
    path = f"/incidents/{simulator.pagerduty.incidents[0].id}/alerts"
    for query, keys in (
        ([("statuses[]", "resolved")], [first]), ([("alert_key", second)], [second]),
        ([("sort_by", "created_at:desc")], [second, first]), ([("sort_by", "resolved_at")], [first, second]),
    ):  # fmt: skip
        assert [one.text("alert_key") for one in await pagerduty.all_of(path, "alerts", query)] == keys
    for query in ([("statuses[]", "acknowledged")], [("sort_by", "severity")], [("include[]", "users")]):
        with pytest.raises(Refused):
            await pagerduty.ask("GET", path, query=query)


async def test_the_urgency_can_be_set_and_set_again(simulator: Simulator, pagerduty: PagerDuty) -> None:
    incident = await simulator.pagerduty.trigger("Checkout is down")
    for _ in range(2):
        await pagerduty.set_urgency(incident.id, "low", as_email="bob@example.com")
    assert (await pagerduty.incident(incident.id)).urgency == "low"


@pytest.mark.parametrize(("service", "follows"), [("Checkout", False), ("Payments", True)])
async def test_only_a_severity_based_urgency_follows(
    simulator: Simulator, pagerduty: PagerDuty, service: str, follows: bool
) -> None:
    assert await pagerduty.follows_severity(simulator.pagerduty.service(service).id) is follows

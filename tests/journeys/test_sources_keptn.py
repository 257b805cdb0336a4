"""Keptn says how stages went: each is an alert of its own, over when that stage passes."""

import json
from typing import Any

import pytest

from tests.bot.sources.keptn_events import JSON, event, finished, problem
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

KEPTN = {"keptn": source("keptn", bridge_url="https://keptn.example.com/bridge", stage_severity={"prod": "critical"})}
FORMS = ["structured", "binary", "batch"]


def key(stage: str, service: str = "carts") -> str:
    return f"keptn:shop:{stage}:{service}:evaluation"


def written(form: str, told: JSON) -> tuple[bytes, dict[str, str]]:
    proof = {"Authorization": f"Bearer {SECRET}"}
    if form == "binary":
        attributes = {f"ce-{name}": str(value) for name, value in told.items() if name != "data"}
        return json.dumps(told["data"]).encode(), {**proof, **attributes, "Content-Type": "application/json"}
    kind, body = ("-batch", [told]) if form == "batch" else ("", told)
    return json.dumps(body).encode(), {**proof, "Content-Type": f"application/cloudevents{kind}+json"}


async def say(town: Works, told: JSON, form: str = "structured") -> Any:
    body, headers = written(form, told)
    answer = await town.post("/in/keptn", content=body, headers=headers)
    assert answer.status_code == 202
    return answer.json()


@pytest.mark.parametrize("form", FORMS)
async def test_a_pass_in_one_stage_leaves_the_failure_in_another_open(database_url: str, form: str) -> None:
    async with works(database_url, KEPTN) as town:
        assert (await say(town, finished(stage="dev"), form))["dedup_key"] == key("dev")
        await say(town, finished(stage="prod"), form)
        await say(town, finished(stage="prod", service="orders", id="x") | {"id": "another"}, form)
        await eventually(lambda: set(town.alerts().values()) == {"triggered"} and len(town.alerts()) == 3)
        await town.settled()
        await say(town, finished(stage="dev", result="pass"), form)
        over = {key("dev"): "resolved", key("prod"): "triggered", key("prod", "orders"): "triggered"}
        await eventually(lambda: town.alerts() == over)
        await town.settled()
        alerts = town.pagerduty.account.alerts
        assert {name: alert.severity for (_, name), alert in alerts.items()} == {
            key("dev"): "error", key("prod"): "critical", key("prod", "orders"): "critical",
        }  # fmt: skip


async def test_the_same_event_again_is_one_alert_however_it_comes(database_url: str) -> None:
    async with works(database_url, KEPTN) as town:
        for form in ("structured", "binary", "batch", "structured"):
            await say(town, finished(stage="dev"), form)
        await eventually(lambda: town.alerts() == {key("dev"): "triggered"})
        await town.settled()
        assert len(town.faults.calls("events:*")) == 1


async def test_a_deployment_is_a_change_and_a_problem_is_over_when_it_is_resolved(database_url: str) -> None:
    deployed = finished("deployment", "pass", deployment={"deploymentURIsPublic": ["https://shop.example.com"]})
    async with works(database_url, KEPTN) as town:
        await say(town, deployed)
        await say(town, event("sh.keptn.events.problem", problem()))
        await eventually(lambda: town.alerts() == {"keptn:problem:P-7": "triggered"})
        await say(town, {**event("sh.keptn.events.problem", problem("RESOLVED")), "id": "later"})
        await eventually(lambda: town.alerts() == {"keptn:problem:P-7": "resolved"})
        await town.settled()
        [entry, *_] = [one for one in await town.said("keptn") if one.details.get("action") == "change"]
        assert "Keptn reports a change: Keptn deployment pass: shop/dev/carts" in entry.text


async def test_what_is_no_event_of_keptns_is_kept_answered_and_said(database_url: str) -> None:
    async with works(database_url, KEPTN) as town:
        assert (await say(town, {"hello": "{{.data.result}}"}))["dedup_key"] == "keptn:unmapped"
        await eventually(lambda: town.alerts() == {"keptn:unmapped": "triggered"})

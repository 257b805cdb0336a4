"""Prefect's events, and what PagerDuty is told of them."""

import json
from typing import Any

import jinja2
import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link, Signal
from bot.domain.source import Route, SourceSettings
from bot.sources import ADAPTERS, Setup, opened
from bot.sources.prefect_setup import PAYLOAD, trigger
from tests.bot.sources.prefect_events import UI, automation, run, status, wrapped
from tests.bot.sources.told import complaint, received, signals, source


def one(body: Any, **options: Any) -> Signal:
    [signal] = signals("prefect", body, {}, **options)
    return signal


@pytest.mark.parametrize("speaks", ["prefect", "prefect-cloud"])
@pytest.mark.parametrize(
    ("state", "type_", "action", "severity"),
    [
        ("Crashed", "CRASHED", "trigger", "critical"),
        ("Failed", "FAILED", "trigger", "error"),
        ("TimedOut", "FAILED", "trigger", "error"),
        ("Out of memory", "CRASHED", "trigger", "critical"),
        ("Late", "SCHEDULED", "trigger", "warning"),
        ("Completed", "COMPLETED", "resolve", "info"),
        ("Cached", "COMPLETED", "resolve", "info"),
        ("Cancelled", "CANCELLED", "ignore", "info"),
        ("Paused", "PAUSED", "ignore", "info"),
        ("Scheduled", "SCHEDULED", "ignore", "info"),
        ("Running", "RUNNING", "ignore", "info"),
    ],
)
def test_the_state_of_a_run_decides(speaks: str, state: str, type_: str, action: str, severity: str) -> None:
    for body in (run(state, type_=type_, speaks=speaks), wrapped(run(state, type_=type_, speaks=speaks))):
        signal = one(body)
        assert (signal.action, signal.severity, signal.dedup_key) == (action, severity, "prefect:deployment:d1")


@pytest.mark.parametrize("speaks", ["prefect", "prefect-cloud"])
@pytest.mark.parametrize("kind", ["work-pool", "work-queue", "deployment"])
def test_what_is_not_ready_is_a_warning_until_it_is(kind: str, speaks: str) -> None:
    bad, good = one(status(kind, "not-ready", speaks)), one(status(kind, "ready", speaks))
    assert (bad.action, bad.severity, good.action) == ("trigger", "warning", "resolve")
    assert bad.dedup_key == good.dedup_key
    assert bad.dedup_key == f"prefect:{kind}:x1" + (":status" if kind == "deployment" else "")
    assert bad.summary == f"Prefect {kind} k8s not ready"


def test_a_deployment_that_is_ready_again_does_not_settle_its_failed_run() -> None:
    failed, ready = run(deployment="x1"), status("deployment", "ready")
    assert one(failed).dedup_key != one(ready).dedup_key


def test_a_run_is_keyed_by_its_deployment_else_by_its_flow() -> None:
    assert one(run(deployment="d2")).dedup_key == "prefect:deployment:d2"
    assert one(run(deployment=None)).dedup_key == "prefect:flow:f1"
    assert one({**run(), "related": []}).dedup_key == "prefect:flow-run:r1"


def test_a_failed_run_says_what_failed_where_and_why() -> None:
    signal = one(wrapped(run(message="the table\nis missing", pool="k8s")), ui_url=f"{UI}/")
    assert signal.summary == "Prefect billing/brave-otter Failed: the table is missing"
    assert (signal.source, signal.component, signal.group) == ("billing/d1", "billing", "k8s")
    assert (signal.class_, signal.timestamp) == ("prefect.flow-run.Failed", "2026-03-02T08:59:00.000000Z")
    assert signal.links == (
        Link(f"{UI}/runs/flow-run/r1", "Flow run"), Link(f"{UI}/deployments/deployment/d1", "Deployment"),
        Link(f"{UI}/work-pools/work-pool/k8s", "Work pool"),
    )  # fmt: skip
    assert (signal.client, signal.client_url) == ("Prefect", f"{UI}/runs/flow-run/r1")
    assert signal.custom_details["automation"] == {"id": "a9", "name": "to Muster"}
    assert signal.idempotency_key == "event-r1-Failed"


def test_the_page_may_be_known_from_the_address_of_the_run_alone() -> None:
    signal = one(wrapped(run(), flow_run_url="http://own.example.com/runs/flow-run/r1"))
    assert [link.href for link in signal.links][1] == "http://own.example.com/deployments/deployment/d1"
    assert one(run()).links == ()


def test_what_the_event_does_not_say_is_taken_from_beside_it() -> None:
    beside = {"deployment": {"id": "d7", "name": "nightly"}, "flow": {"id": "f7", "name": "loading"}, "work_pool": None}
    signal = one(wrapped({**run(), "related": []}, **beside))
    assert (signal.dedup_key, signal.source, signal.component) == ("prefect:deployment:d7", "nightly", "loading")


def test_an_automation_is_about_the_event_within_it() -> None:
    signal = one({"event": automation(run("Running")), "automation": "takes too long"}, ui_url=UI)
    assert signal.summary == "Prefect automation 'takes too long' triggered: brave-otter"
    assert (signal.action, signal.severity, signal.source) == ("trigger", "warning", "billing/d1")
    assert signal.dedup_key == "prefect:automation:a1:prefect.flow-run.r1"
    assert signal.timestamp == "2026-03-02T09:30:00Z"
    assert signal.links[0].href == f"{UI}/runs/flow-run/r1"
    assert signal.custom_details["resource"]["prefect.resource.name"] == "brave-otter"
    over = one(automation(run("Running"), "resolved"))
    assert (over.action, over.dedup_key) == ("resolve", signal.dedup_key)


def test_an_automation_that_missed_an_event_is_keyed_by_what_it_missed() -> None:
    assert one(automation(None)).dedup_key == "prefect:automation:a1:prefect.flow-run.lost"


@pytest.mark.parametrize(
    ("state", "type_", "settles"),
    [("Completed", "COMPLETED", True), ("Failed", "FAILED", True), ("Crashed", "CRASHED", True),
     ("TimedOut", "FAILED", True), ("Cancelled", "CANCELLED", True), ("Running", "RUNNING", False),
     ("Late", "SCHEDULED", False)],
)  # fmt: skip
def test_what_an_automation_found_of_a_run_is_over_when_that_run_ends(state: str, type_: str, settles: bool) -> None:
    found = one(automation(run("Running", speaks="prefect-cloud"), speaks="prefect-cloud"))
    assert found.tags == ("flow-run.r1",)
    assert (found.tags == one(run(state, type_=type_)).settles) is settles
    assert one(run(state, "another", type_=type_)).settles != found.tags
    assert one(run(state, type_=type_)).tags == ()


def test_severity_is_the_templates_then_the_settings_then_the_tables() -> None:
    rules = {"Failed": "warning", "billing/d2": "critical", "prefect.flow-run.Late": "info"}
    assert one(wrapped(run(), severity="Info"), severity=rules).severity == "info"
    assert one(wrapped(run(), severity="{{ severity }}"), severity=rules).severity == "warning"
    assert one(run("Crashed", deployment="d2"), severity=rules).severity == "critical"
    assert one(run("Late", type_="SCHEDULED"), severity=rules).severity == "info"
    assert one(run("Crashed"), severity=rules).severity == "critical"


@pytest.mark.parametrize(("route", "severity"), [("pages", "critical"), ("office-hours", "info"), (None, "error")])
def test_several_severities_share_one_integration_key(route: str | None, severity: str) -> None:
    routes = (
        Route(integration_key="one"), Route("pages", integration_key="one", severity="critical"),
        Route("office-hours", integration_key="one", severity="info"),
    )  # fmt: skip
    there = opened(SourceSettings(name="prefect", adapter="prefect", routes=routes), ADAPTERS)
    chosen, signal = there.route(one(run()), route)
    assert chosen is not None
    assert (chosen.integration_key, signal.severity) == ("one", severity)
    assert there.route(one(run("Completed")), route)[1].action == "resolve"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"hello": 1}, "'event' is missing"),
        ({"event": {"id": "1"}}, "'event' is missing"),
        ({"event": "prefect.flow-run.Failed"}, "'resource' of the event has no 'prefect.resource.id'"),
        (b'{"event": {{ event | tojson }}}', "the body is not JSON"),
    ],
)
def test_what_is_wrong_is_named(body: Any, wrong: str) -> None:
    assert wrong in complaint("prefect", body)


def test_a_request_counts_once_by_the_id_of_its_event() -> None:
    assert source("prefect").key(received(wrapped(run()))) == "event-r1-Failed"
    assert source("prefect").key(received(b"{")) is None


def test_an_option_that_makes_no_sense_is_named() -> None:
    with pytest.raises(Misuse, match="no option 'url'; there are ui_url"):
        source("prefect", None, url=UI)


def test_the_payload_that_is_pasted_renders_into_what_is_understood() -> None:
    environment = jinja2.Environment(autoescape=True)
    environment.filters["ui_url"] = lambda of: f"{UI}/runs/flow-run/{of['id']}" if of else None
    event = run(message='a "quoted" <b>\nmessage')
    those: dict[str, Any] = {
        "event": event, "automation": {"id": "a9", "name": 'it\'s "mine"'}, "flow_run": {"id": "r1"}, "flow": None,
        "deployment": None, "work_pool": {"id": "w1", "name": "k8s"},
    }  # fmt: skip
    told = json.loads(environment.from_string(PAYLOAD).render(those))
    assert told["event"] == event
    assert one(told).links[0].href == f"{UI}/runs/flow-run/r1"
    assert one(told).summary == 'Prefect billing/brave-otter Failed: a "quoted" <b> message'


def test_what_is_pasted_listens_for_all_that_the_table_knows() -> None:
    text = ADAPTERS["prefect"].setup(Setup("flows", "https://muster.example.com", "the-secret"))
    assert PAYLOAD in text
    assert "https://muster.example.com/in/flows" in text
    told = json.loads(trigger())["expect"]
    assert {one({**run(), "event": name}).action for name in told if "flow-run" in name} == {"trigger", "resolve"}

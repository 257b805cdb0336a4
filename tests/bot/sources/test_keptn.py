"""Keptn's events, and what PagerDuty and Slack are told of them."""

import base64
import json
from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link, Signal
from bot.sources.keptn_evaluation import table
from tests.bot.sources.keptn_events import EVALUATION, INDICATORS, event, finished, problem
from tests.bot.sources.told import complaint, received, signals, source

BRIDGE = "https://keptn.example.com/bridge"
PAGE = f"{BRIDGE}/project/shop"


def told(body: Any, headers: dict[str, str] | None = None, **options: Any) -> list[Signal]:
    return signals("keptn", body, headers, bridge_url=BRIDGE, **options)


def one(body: Any, **options: Any) -> Signal:
    [signal] = told(body, **options)
    return signal


@pytest.mark.parametrize(
    ("changed", "action", "severity"),
    [
        ({"result": "fail"}, "trigger", "error"),
        ({"result": "pass", "status": "errored"}, "trigger", "error"),
        ({"result": None, "status": "errored"}, "trigger", "error"),
        ({"result": "warning"}, "trigger", "warning"),
        ({"result": "pass"}, "resolve", None),
        ({"result": None}, "resolve", None),
        ({"result": None, "status": "aborted"}, "ignore", None),
    ],
)
def test_how_a_task_ended_decides(changed: dict[str, Any], action: str, severity: str | None) -> None:
    signal = one(finished(**changed))
    assert (signal.action, signal.severity) == (action, severity)


def test_a_failed_task_says_where_it_failed_and_why() -> None:
    signal = one(finished("test", message="12 of 40\nfailed"))
    assert signal.summary == "Keptn test fail: shop/dev/carts - 12 of 40 failed"
    assert (signal.dedup_key, signal.class_) == ("keptn:shop:dev:carts:test", "test")
    assert (signal.source, signal.component, signal.group) == (PAGE, "carts", "shop/dev")
    assert (signal.client, signal.client_url, signal.timestamp) == ("Keptn", PAGE, "2026-03-02T08:59:00Z")
    assert signal.links == (
        Link(f"{PAGE}/sequence/c0ffee", "Keptn sequence"), Link("https://dash.example.com/d/1", "Dashboard"),
    )  # fmt: skip


def test_a_stage_and_a_service_have_alerts_of_their_own() -> None:
    keys = {one(finished(stage=stage, service=service)).dedup_key for stage in ("a", "b") for service in ("x", "y")}
    assert len(keys) == 4
    assert one(finished(result="pass")).dedup_key == one(finished(result="fail")).dedup_key


@pytest.mark.parametrize("task", ["deployment", "release", "rollback"])
@pytest.mark.parametrize(("result", "action"), [("pass", "resolve"), ("fail", "trigger")])
def test_what_was_deployed_is_a_change_as_well(task: str, result: str, action: str) -> None:
    block = {"deploymentURIsPublic": ["https://shop.example.com"], "gitCommit": "4f2a9c1"}
    alert, change = told(finished(task, result, **{task: block}))
    assert (alert.action, change.action, change.dedup_key) == (action, "change", "")
    assert change.summary == alert.summary
    assert change.custom_details[task]["gitCommit"] == "4f2a9c1"
    assert (Link("https://shop.example.com", "Deployed URL") in change.links) is (task == "deployment")


def test_the_result_of_the_event_counts_not_that_of_its_evaluation() -> None:
    assert one(finished(result="fail", evaluation={"result": "pass", "score": 0})).action == "trigger"
    assert one(finished(result="pass", evaluation={"result": "fail", "score": 90})).action == "resolve"


def test_an_evaluation_tells_its_score_and_every_indicator() -> None:
    signal = one(finished(result="fail", evaluation=EVALUATION))
    assert signal.summary == "Keptn evaluation fail (score 46.25): shop/dev/carts"
    assert "sloFileContent" not in signal.custom_details["evaluation"]
    assert signal.custom_details["evaluation"]["indicatorResults"] == INDICATORS
    assert signal.custom_details["indicators"] == table({"evaluation": EVALUATION})


def test_the_table_of_an_evaluation_can_be_read_where_letters_are_equally_wide() -> None:
    assert table({"evaluation": EVALUATION}).splitlines() == [
        "Score 46.25 of 100",
        "Indicator          Value    Target        Violated  Result",
        "response_time_p95  742.123  <=+10%, <600  yes       fail",
        "Error rate         0        <=1           no        pass",
        "saturation         no data  -             -         info",
    ]


def test_without_indicators_there_is_no_table() -> None:
    signal = one(finished(evaluation={"indicatorResults": None, "score": 0}))
    assert "indicators" not in signal.custom_details
    assert "(score 0)" in signal.summary


def test_both_forms_of_the_type_are_known_and_a_sequence_is_for_the_timeline_alone() -> None:
    sequence = one({**finished(), "type": "sh.keptn.event.dev.delivery.finished"})
    assert (sequence.action, sequence.reason) == (
        "ignore", "sequence-level event: sh.keptn.event.dev.delivery.finished",
    )  # fmt: skip
    for type_ in ("sh.keptn.event.test.started", "sh.keptn.event.dev.delivery.triggered", "sh.keptn.log.error"):
        assert (one({**finished(), "type": type_}).action, one({**finished(), "type": type_}).reason) == (
            "ignore", type_,
        )  # fmt: skip


def encoded(details: dict[str, Any]) -> list[Any]:
    text = json.dumps(details)
    return [details, text, base64.b64encode(text.encode()).decode()]


@pytest.mark.parametrize(
    ("level", "severity"),
    [("AVAILABILITY", "critical"), ("ERROR", "error"), ("PERFORMANCE", "warning"), ("RESOURCE", "warning"),
     ("CUSTOM_ALERT", "error")],
)  # fmt: skip
def test_a_problem_is_as_bad_as_its_details_say_however_they_are_written(level: str, severity: str) -> None:
    for details in encoded({"severityLevel": level}):
        signal = one(event("sh.keptn.events.problem", problem(ProblemDetails=details)))
        assert (signal.action, signal.severity) == ("trigger", severity)
        assert signal.custom_details["problem"]["ProblemDetails"] == {"severityLevel": level}


@pytest.mark.parametrize(("state", "action"), [("OPEN", "trigger"), ("RESOLVED", "resolve"), ("CLOSED", "resolve")])
@pytest.mark.parametrize("type_", ["sh.keptn.event.production.remediation.triggered", "sh.keptn.events.problem"])
def test_a_problem_is_over_when_its_state_says_so(type_: str, state: str, action: str) -> None:
    data = problem(state)
    within = {**data, "problem": problem(state)} if "remediation" in type_ else data
    signal = one(event(type_, within))
    assert (signal.action, signal.dedup_key) == (action, "keptn:problem:P-7")
    assert signal.summary == "Slow answers: carts"
    assert Link("https://mon.example.com/7", "Problem") in signal.links


def test_the_source_may_say_how_bad_a_stage_a_task_or_a_word_is() -> None:
    stage = {"stage_severity": {"production": "critical"}}
    assert one(finished(stage="production"), **stage).severity == "critical"
    assert one(finished(stage="dev"), **stage).severity == "error"
    assert one(finished(stage="production", result="warning"), **stage).severity == "warning"
    assert one(finished("test"), severity={"test": "info"}).severity == "info"
    assert one(finished(result="warning"), severity={"warning": "info"}).severity == "info"
    troubled = event("sh.keptn.events.problem", problem())
    assert one(troubled, severity={"AVAILABILITY": "error"}).severity == "error"


def test_without_the_bridge_the_place_is_named() -> None:
    [signal] = signals("keptn", finished())
    assert (signal.source, signal.client_url) == ("shop/dev/carts", None)
    assert [link.text for link in signal.links] == ["Dashboard"]


def test_errors_in_the_log_are_told_when_they_are_asked_for() -> None:
    body = event("sh.keptn.log.error", {"message": "cannot reach\nPrometheus", "integrationid": "i1"})
    signal = one(body, log_errors=True)
    assert (signal.action, signal.severity, signal.dedup_key) == ("trigger", "warning", "keptn:log:i1")
    assert signal.summary == "Keptn says an error: cannot reach Prometheus"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (finished(result="perhaps"), "'data.result' must be one of pass, warning, fail, not 'perhaps'"),
        (finished(service=None), "'data.service' is missing or blank"),
        ({**finished(), "data": "x"}, "'data' is missing or not a JSON object"),
        (event("sh.keptn.events.problem", problem("MAYBE")), "must be one of OPEN, RESOLVED, CLOSED, not 'MAYBE'"),
        (event("sh.keptn.events.problem", problem(PID=None, ProblemID=None)), "'PID' and 'ProblemID'"),
    ],
)
def test_what_is_wrong_is_named(body: Any, wrong: str) -> None:
    assert wrong in complaint("keptn", body)


def test_an_event_counts_once_by_its_source_and_id() -> None:
    key = "lighthouse evaluation-dev-fail sh.keptn.event.evaluation.finished"
    assert (source("keptn").key(received(finished())), one(finished()).idempotency_key) == (key, key)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"bridge": "x"}, "no option 'bridge'; there are bridge_url, log_errors, stage_severity"),
        ({"bridge_url": "keptn.example.com"}, "bridge_url must begin with https://"),
        ({"stage_severity": {"production": "bad"}}, "stage_severity.production must be one of critical"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Misuse, match=wrong):
        source("keptn", None, **options)

"""CloudEvents in every form, and what the default mapping makes of them."""

import base64
import json
from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Signal
from bot.pagerduty.signalling import event_of
from tests.bot.sources.told import complaint, received, signals, source

FAILED: dict[str, Any] = {
    "specversion": "1.0", "id": "1", "source": "/backups", "type": "com.example.backup.failed", "subject": "db1",
    "time": "2026-03-02T08:59:00Z", "team": "storage", "data": {"message": "no space\nleft", "severity": "FATAL"},
}  # fmt: skip
STRUCTURED, BATCH = ({"content-type": f"application/cloudevents{kind}+json; charset=utf-8"} for kind in ("", "-batch"))
ATTRIBUTES = {f"ce-{name}": value for name, value in FAILED.items() if name != "data"}
BINARY = {**ATTRIBUTES, "content-type": "application/json"}


def one(body: Any, headers: dict[str, str] | None = None, **options: Any) -> Signal:
    [signal] = signals("cloudevents", body, headers, **options)
    return signal


def event(**changed: Any) -> dict[str, Any]:
    return {**FAILED, **changed}


@pytest.mark.parametrize(
    ("headers", "body"),
    [(STRUCTURED, FAILED), ({}, FAILED), (BATCH, [FAILED]), (BINARY, FAILED["data"]), (ATTRIBUTES, FAILED["data"])],
    ids=["structured", "without a media type", "batch", "binary", "binary without a media type"],
)
def test_an_event_is_the_same_in_every_form(headers: dict[str, str], body: Any) -> None:
    signal = one(body, headers)
    assert (signal.action, signal.severity, signal.summary) == ("trigger", "critical", "no space left")
    assert signal.dedup_key == "cloudevents:/backups:com.example.backup:db1"
    assert (signal.source, signal.component, signal.timestamp) == ("/backups", "db1", "2026-03-02T08:59:00Z")
    assert signal.custom_details["data"] == FAILED["data"]
    assert signal.custom_details["team"] == "storage"
    assert source("cloudevents").key(received(body, headers)) == "/backups 1 com.example.backup.failed"


def test_a_success_has_the_key_of_the_failure() -> None:
    over = one(event(id="2", type="com.example.backup.succeeded", data={"message": "done"}))
    assert (over.action, over.dedup_key) == ("resolve", one(FAILED).dedup_key)
    assert event_of(over) == ("/v2/enqueue", {"event_action": "resolve", "dedup_key": over.dedup_key})


@pytest.mark.parametrize(
    ("type_", "data", "action"),
    [
        ("com.example.JobFailed", {}, "trigger"),
        ("com.example.job_recovered", {}, "resolve"),
        ("dev.cdevents.service.deployed.0.1.1", {}, "change"),
        ("dev.cdevents.pipelinerun.finished.0.2.0", {"subject": {"content": {"outcome": "failure"}}}, "trigger"),
        ("com.example.check", {"status": "OK"}, "resolve"),
        ("com.example.check", {"state": "acknowledged"}, "acknowledge"),
        ("com.example.failed.something", {}, "trigger"),
        ("com.example.strange", None, "trigger"),
    ],
)
def test_what_happened_is_read_from_the_data_then_from_the_type(type_: str, data: Any, action: str) -> None:
    assert one(event(type=type_, data=data)).action == action


def test_the_options_go_before_what_is_read() -> None:
    options: dict[str, Any] = {"actions": {"com.example.backup.*": "change"}, "default": "ignore"}
    change = one(FAILED, **options)
    assert (change.action, change.dedup_key, change.severity) == ("change", "", None)
    ignored = one(event(type="com.example.strange", data=None), **options)
    assert (ignored.action, ignored.reason) == ("ignore", "com.example.strange")


def test_the_key_may_be_made_of_members() -> None:
    told = event(data={"host": {"name": "db1"}, "check": 7})
    assert one(told, key=["source", "team", "data.host.name", "data.check"]).dedup_key == "/backups:storage:db1:7"


def test_severity_is_the_events_word_by_the_sources_rules_first() -> None:
    assert one(event(data={"severity": "P1"}), severity={"p1": "critical"}).severity == "critical"
    assert one(event(data={"severity": "high"}), severity={"high": "warning"}).severity == "warning"
    assert one(event(data={}), severity={"com.example.*": "info"}).severity == "info"
    assert one(event(data={})).severity == "error"


def test_data_may_be_encoded_or_a_text() -> None:
    packed = base64.b64encode(json.dumps({"message": "packed"}).encode()).decode()
    assert one({**event(data=None), "data_base64": packed}).summary == "packed"
    assert one(event(data='{"message": "within a text"}')).summary == "within a text"
    assert one(b"it broke", {**BINARY, "content-type": "text/plain"}).summary == "it broke"


def test_attributes_in_headers_are_decoded() -> None:
    assert one(b"", {**BINARY, "ce-subject": "Z%C3%BCrich%20%231"}).component == "Zürich #1"


def test_one_bad_event_of_a_batch_does_not_hide_the_others() -> None:
    found, said = source("cloudevents").signals(received([FAILED, event(id=""), event(id="3")], BATCH))
    assert [signal.dedup_key for signal in found][::2] == [one(FAILED).dedup_key, "cloudevents:unmapped"]
    assert said == "event 1 of the batch: the attribute 'id' is missing or blank"


@pytest.mark.parametrize("name", ["id", "source", "type"])
def test_a_missing_attribute_is_named(name: str) -> None:
    assert complaint("cloudevents", {key: value for key, value in FAILED.items() if key != name}) == (
        f"the attribute {name!r} is missing or blank"
    )


def test_several_events_have_no_key_together_and_one_each() -> None:
    both = received([FAILED, event(id="2")], BATCH)
    assert source("cloudevents").key(both) is None
    found, _ = source("cloudevents").signals(both)
    assert len({signal.idempotency_key for signal in found}) == 2


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"acton": {}}, "no option 'acton'"),
        ({"default": "page"}, "default must be one of trigger"),
        ({"actions": {"a": "b"}}, "actions.a must be one of"),
        ({"key": [1]}, "key must be a list of texts"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Misuse, match=wrong):
        source("cloudevents", None, **options)

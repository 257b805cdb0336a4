"""Alertmanager: what a group of alerts becomes."""

from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link
from bot.sources import ADAPTERS, Unmapped
from tests.bot.sources.said import fixture, settings, signal, signals

GROUP = fixture("alertmanager.json")
FIRING = GROUP["alerts"][0]


def alone(**changed: Any) -> dict[str, Any]:
    return {**GROUP, "alerts": [{**FIRING, **changed}]}


def test_each_alert_of_a_group_is_a_signal_under_its_own_key() -> None:
    first, second = signals("alertmanager", GROUP)
    assert (first.action, first.dedup_key) == ("trigger", "alertmanager:c0ffee0000000001")
    assert (second.action, second.dedup_key) == ("resolve", "alertmanager:c0ffee0000000002")
    assert (first.summary, second.summary) == (
        "The disk of db1 is full", "DiskFull (instance=db2:9100, severity=page)",
    )  # fmt: skip
    assert (first.source, first.component, first.group, first.class_) == ("db1:9100", "node", "shop", "DiskFull")
    assert (first.timestamp, first.client_url) == ("2026-03-02T09:00:00.123Z", "https://alertmanager.example.com")


def test_links_lead_to_where_it_came_from() -> None:
    assert signals("alertmanager", GROUP)[0].links == (
        Link("https://prometheus.example.com/graph?g0.expr=disk", "Prometheus"),
        Link("https://runbooks.example.com/disk", "Runbook"),
        Link("https://alertmanager.example.com", "Alertmanager"),
    )


def test_labels_annotations_and_the_group_are_shown() -> None:
    details = signals("alertmanager", GROUP)[0].custom_details
    assert details["labels"] == FIRING["labels"]
    assert details["annotations"]["summary"] == "The disk of db1 is full"
    assert (details["groupKey"], details["truncatedAlerts"]) == (GROUP["groupKey"], 3)


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", "critical"), ("Page", "critical"), ("error", "error"), ("high", "error"), ("warning", "warning"),
     ("WARN", "warning"), ("info", "info"), ("none", "info"), ("odd", "error"), ("sev1", "critical")],
)  # fmt: skip
def test_a_label_says_how_bad_it_is(word: str, severity: str) -> None:
    told = signal("alertmanager", alone(labels={"severity": word}), severity={"SEV1": "critical"})
    assert told.severity == severity


def test_the_label_may_have_another_name() -> None:
    told = alone(labels={"priority": "low", "severity": "critical"})
    assert signal("alertmanager", told, options={"severity_label": "priority"}).severity == "info"


def test_one_that_cannot_be_read_hides_no_other() -> None:
    assert len(signals("alertmanager", {**GROUP, "alerts": ["odd", {}, FIRING]})) == 1


def test_labels_alone_tell_an_alert_apart() -> None:
    told = [alone(fingerprint=None, labels={"host": host}) for host in ("a", "b", "a")]
    assert len({signal("alertmanager", one).dedup_key for one in told}) == 2


@pytest.mark.parametrize("alerts", [None, [], [{}], "odd"])
def test_a_group_without_alerts_is_not_understood(alerts: Any) -> None:
    with pytest.raises(Unmapped, match="alerts"):
        signals("alertmanager", {**GROUP, "alerts": alerts})


def test_a_setting_it_does_not_have_is_named() -> None:
    with pytest.raises(Misuse, match="'label'; it has severity_label"):
        ADAPTERS["alertmanager"].mapper(settings("alertmanager", options={"label": "x"}))
    with pytest.raises(Misuse, match="severity_label must be text"):
        ADAPTERS["alertmanager"].mapper(settings("alertmanager", options={"severity_label": 1}))

"""Grafana: what its alerts become, of both kinds of alerting."""

import pytest

from bot.domain.signal import Image
from bot.sources import Unmapped
from tests.bot.sources.said import fixture, signal

GROUP, LEGACY = fixture("grafana.json"), fixture("grafana-legacy.json")


def test_an_alert_comes_with_its_links_its_picture_and_its_values() -> None:
    told = signal("grafana", GROUP)
    assert (told.action, told.dedup_key, told.severity) == ("trigger", "grafana:c0ffee0000000003", "error")
    assert (told.summary, told.source, told.group) == ("The cart answers slowly", "cart", "Shop")
    assert [link.text for link in told.links] == ["Panel", "Dashboard", "Rule", "Silence", "Grafana"]
    panel = "https://grafana.example.com/d/d1?viewPanel=2"
    assert told.images == (Image("https://images.example.com/p.png", panel, "The panel"),)
    assert told.custom_details["values"] == {"A": 2.5, "C": 1}
    assert (told.client, told.client_url) == ("Grafana", "https://grafana.example.com/")


@pytest.mark.parametrize(("own", "of_group", "action"), [
    ("firing", "firing", "trigger"), ("resolved", "firing", "resolve"), (None, "resolved", "resolve"),
    (None, "firing", "trigger"),
])  # fmt: skip
def test_an_alerts_own_status_goes_before_the_groups(own: str | None, of_group: str, action: str) -> None:
    told = {**GROUP, "status": of_group, "alerts": [{**GROUP["alerts"][0], "status": own}]}
    assert signal("grafana", told).action == action


@pytest.mark.parametrize(
    ("state", "action", "severity"),
    [("alerting", "trigger", "error"), ("no_data", "trigger", "warning"), ("ok", "resolve", "error"),
     ("pending", "ignore", "info"), ("paused", "ignore", "info")],
)  # fmt: skip
def test_the_older_alerting_is_read(state: str, action: str, severity: str) -> None:
    told = signal("grafana", {**LEGACY, "state": state})
    assert (told.action, told.severity) == (action, severity)
    assert told.dedup_key == ("" if action == "ignore" else "grafana:rule:2:17")
    assert told.links[0].href == told.client_url == LEGACY["ruleUrl"]
    assert told.images[0].src == LEGACY["imageUrl"]


def test_a_tag_of_an_older_rule_says_how_bad_it_is() -> None:
    assert signal("grafana", {**LEGACY, "tags": {"severity": "critical"}}).severity == "critical"


def test_a_state_that_is_none_is_named() -> None:
    with pytest.raises(Unmapped, match="state is 'odd'"):
        signal("grafana", {**LEGACY, "state": "odd"})

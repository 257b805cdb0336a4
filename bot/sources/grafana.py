"""Grafana: unified alerting, whose groups are those of Alertmanager with more in them, and the alerting before it.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.signal import Action, Image, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources import firing
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.reading import Json, inner, object_in, one_line, text

STATES: Mapping[str, tuple[Action, Severity]] = {
    "alerting": ("trigger", "error"), "no_data": ("trigger", "warning"), "ok": ("resolve", "error"),
    "pending": ("ignore", "info"), "paused": ("ignore", "info"),
}  # fmt: skip


@dataclass(frozen=True)
class Grafana:
    read: firing.Reading

    def signals(self, received: Received) -> Sequence[Signal]:
        told = object_in(received.body)
        if "alerts" not in told and text(told, "ruleId", "ruleName"):
            return [self._rule(told)]
        return [self._alert(told, one) for one in firing.alerts_of(told)]

    def _alert(self, told: Json, alert: Json) -> Signal:
        image = text(alert, "imageURL")
        shown = (Image(image, text(alert, "panelURL") or "", "The panel"),) if image else ()
        return firing.signal(self.read, told, alert, _links(told, alert), images=shown)

    def _rule(self, told: Json) -> Signal:
        """Of the alerting that Grafana had before version 9.

        https://grafana.com/docs/grafana/v8.5/alerting/old-alerting/"""
        state = (text(told, "state") or "").lower()
        if state not in STATES:
            raise Unmapped(f"state is {state[:40]!r}, not one of {', '.join(STATES)}")
        action, usual = STATES[state]
        name, page, image = text(told, "ruleName", "title"), text(told, "ruleUrl"), text(told, "imageUrl")
        tags = inner(told, "tags")
        key = f"grafana:rule:{text(told, 'orgId') or 1}:{text(told, 'ruleId', 'ruleName')}"
        return Signal(
            action=action, dedup_key="" if action == "ignore" else key,
            summary=one_line(text(told, "title", "ruleName") or "alert"),
            severity=self.read.severity(tags) if text(tags, self.read.label) else usual, source=name or "Grafana",
            class_=name, custom_details=told, client="Grafana", client_url=page,
            links=tuple(firing.links((page, "Grafana rule"))), images=(Image(image, page or ""),) if image else (),
            reason=f"the rule is {state}" if action == "ignore" else "",
        )  # fmt: skip


def mapper(settings: SourceSettings) -> Mapper:
    return Grafana(firing.reading("grafana", "Grafana", settings)).signals


def _links(told: Json, alert: Json) -> Iterator[Link]:
    return firing.links(
        (text(alert, "panelURL"), "Panel"), (text(alert, "dashboardURL"), "Dashboard"),
        (text(alert, "generatorURL"), "Rule"), (text(inner(alert, "annotations"), "runbook_url"), "Runbook"),
        (text(alert, "silenceURL"), "Silence"), (text(told, "externalURL"), "Grafana"),
    )  # fmt: skip


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: grafana
    verify: {{bearer: "${{GRAFANA_TOKEN}}"}}
    route: {{service: "the PagerDuty service's name or id"}}

In Grafana: Alerting, Contact points, Add contact point, Integration Webhook:
  URL                            {setup.url}/in/{setup.name}
  HTTP Method                    POST
  Authorization Header: Scheme   Bearer
  Authorization Header: Credentials   {setup.secret}   (that is GRAFANA_TOKEN)
Then Notification policies: choose the contact point.
"""


ALERT: dict[str, Any] = {
    "status": "firing", "labels": {"alertname": "Slow answers", "severity": "warning", "service": "shop"},
    "annotations": {"summary": "The shop answers slowly"}, "startsAt": "2026-03-02T09:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "c0ffee0000000002", "values": {"A": 2.5},
    "generatorURL": "https://grafana.example.com/alerting/grafana/r1/view",
    "silenceURL": "https://grafana.example.com/alerting/silence/new?matcher=service%3Dshop",
    "dashboardURL": "https://grafana.example.com/d/d1", "panelURL": "https://grafana.example.com/d/d1?viewPanel=2",
}  # fmt: skip


def _sample(name: str, **changed: str) -> Sample:
    group = {
        "receiver": "muster", "status": "firing", "state": "alerting", "orgId": 1, "groupKey": "{}:{}",
        "externalURL": "https://grafana.example.com/", "alerts": [{**ALERT, **changed}],
    }  # fmt: skip
    return Sample(name, json.dumps(group).encode(), {"content-type": "application/json"})


ADAPTER = Adapter(
    name="grafana", title="Grafana", mapper=mapper, setup=setup,
    samples=(_sample("an alert fires"), _sample("it is over", status="resolved", endsAt="2026-03-02T09:30:00Z")),
)  # fmt: skip

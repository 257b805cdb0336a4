"""Prometheus Alertmanager: a group of alerts in one request.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.signal import Link, Signal
from bot.domain.source import SourceSettings
from bot.sources import firing
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup
from bot.sources.reading import Json, inner, object_in, text


@dataclass(frozen=True)
class Alertmanager:
    read: firing.Reading

    def signals(self, received: Received) -> Sequence[Signal]:
        told = object_in(received.body)
        return [firing.signal(self.read, told, one, _links(told, one)) for one in firing.alerts_of(told)]


def mapper(settings: SourceSettings) -> Mapper:
    return Alertmanager(firing.reading("alertmanager", "Alertmanager", settings)).signals


def _links(told: Json, alert: Json) -> Iterator[Link]:
    notes = inner(alert, "annotations")
    return firing.links(
        (text(alert, "generatorURL"), "Prometheus"), (text(notes, "runbook_url", "runbook"), "Runbook"),
        (text(notes, "dashboard_url", "dashboard"), "Dashboard"), (text(told, "externalURL"), "Alertmanager"),
    )  # fmt: skip


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: alertmanager
    verify: {{bearer: "${{ALERTMANAGER_TOKEN}}"}}
    route: {{service: "the PagerDuty service's name or id"}}

In alertmanager.yml:

receivers:
  - name: muster
    webhook_configs:
      - url: {setup.url}/in/{setup.name}
        send_resolved: true
        http_config:
          authorization: {{type: Bearer, credentials: {setup.secret}}}

and `receiver: muster` in the route. The credentials are ALERTMANAGER_TOKEN.
"""


ALERT: dict[str, Any] = {
    "status": "firing", "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db1:9100"},
    "annotations": {"summary": "The disk of db1 is full"}, "startsAt": "2026-03-02T09:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://prometheus.example.com/graph?g0.expr=up",
    "fingerprint": "c0ffee0000000001",
}  # fmt: skip


def _sample(name: str, **changed: str) -> Sample:
    group = {
        "version": "4", "groupKey": '{}:{alertname="DiskFull"}', "status": "firing", "receiver": "muster",
        "externalURL": "https://alertmanager.example.com", "alerts": [{**ALERT, **changed}],
    }  # fmt: skip
    return Sample(name, json.dumps(group).encode(), {"content-type": "application/json"})


ADAPTER = Adapter(
    name="alertmanager", title="Alertmanager", mapper=mapper, setup=setup,
    samples=(_sample("an alert fires"), _sample("it is over", status="resolved", endsAt="2026-03-02T09:30:00Z")),
)  # fmt: skip

"""MongoDB Atlas and Ops Manager: one request each time an alert opens, repeats itself, is acknowledged or closes.

https://www.mongodb.com/docs/atlas/tutorial/webhook-integration/ and
https://www.mongodb.com/docs/atlas/reference/api-resources-spec/v2/ (Alerts)
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.signal import SEVERITIES, Action, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.reading import Json, inner, object_in, objects, one_line, text
from bot.sources.words import SEVERITY_WORDS, address_option, own_options, severities, worded

UI_URL = "https://cloud.mongodb.com"
EVENTS: Mapping[str, Action] = {
    "open": "trigger", "opened": "trigger", "update": "trigger", "updated": "trigger",
    "close": "resolve", "closed": "resolve", "cancel": "resolve", "cancelled": "resolve", "canceled": "resolve",
    "acknowledge": "acknowledge", "acknowledged": "acknowledge", "inform": "change", "informational": "change",
}  # fmt: skip
STATUSES: Mapping[str, Action] = {
    "OPEN": "trigger", "TRACKING": "ignore", "CLOSED": "resolve", "CANCELLED": "resolve", "INFORMATIONAL": "change",
}  # fmt: skip
GRAVE: Mapping[str, Severity] = dict.fromkeys(("no_primary", "host_down", "cluster_mongos_is_missing"), "critical")
SAID = re.compile(r"\bSeverity:\s*(\w+)", re.IGNORECASE)
TRACKED = "the condition holds, but not for as long as the alert asks for"


@dataclass(frozen=True)
class Atlas:
    """One source of this kind. `configs`: how bad the alerts of a configuration are, by its id."""

    ui_url: str
    types: Mapping[str, Severity]
    configs: Mapping[str, Severity]

    def signals(self, received: Received) -> Sequence[Signal]:
        told = object_in(received.body)
        action = self._action(told, received)
        key = f"mongodb-atlas:{_id(told)}" if action not in {"change", "ignore"} else ""
        signal = replace(
            self._described(told), action=action, dedup_key=key, idempotency_key=_key(told, received),
            reason=TRACKED if action == "ignore" else "",
        )  # fmt: skip
        return [signal]

    def _action(self, told: Json, received: Received) -> Action:
        event = received.headers.get("x-mms-event", "").strip().lower().rpartition(".")[2]
        if event in EVENTS:
            return EVENTS[event]
        status = (text(told, "status") or "").upper()
        if status not in STATUSES:
            raise Unmapped(f"status is {status[:40]!r}, not one of {', '.join(STATUSES)}; nor does X-MMS-Event say")
        if status == "OPEN" and _is_ahead(text(told, "acknowledgedUntil"), received.received_at):
            return "acknowledge"
        return STATUSES[status]

    def _described(self, told: Json) -> Signal:
        link = _link(told)
        page = link.href if link else self._page(told)
        return Signal(
            action="trigger", summary=_summary(told), severity=self._severity(told), source=_source(told),
            component=text(told, "metricName"), group=text(told, "clusterName"), class_=text(told, "eventTypeName"),
            timestamp=text(told, "updated", "created"), custom_details=told, client="MongoDB Atlas", client_url=page,
            links=(link or Link(page, "Atlas project alerts"),),
        )  # fmt: skip

    def _page(self, told: Json) -> str:
        project = text(told, "groupId")
        return f"{self.ui_url}/v2/{project}#/alerts" if project else self.ui_url

    def _severity(self, told: Json) -> Severity:
        """Atlas sends none of its own accord; what a template of the operator's writes goes first."""
        said = SAID.search(text(told, "humanReadable") or "")
        return (
            worded(text(told, "severity"), SEVERITY_WORDS)
            or worded(said[1] if said else None, SEVERITY_WORDS)
            or self.configs.get(text(told, "alertConfigId") or "")
            or worded(text(told, "eventTypeName"), self.types)
            or "warning"
        )


def mapper(settings: SourceSettings) -> Mapper:
    options = own_options(settings, "ui_url", "alert_configs")
    configs = options.get("alert_configs", {})
    if not isinstance(configs, Mapping) or not all(each in SEVERITIES for each in configs.values()):
        raise Misuse(f"alert_configs must give alert configurations, by their ids, one of {', '.join(SEVERITIES)}.")
    ui_url = address_option(options, "ui_url", UI_URL)
    return Atlas(ui_url or UI_URL, severities(settings, GRAVE), dict(configs)).signals


def request_key(received: Received) -> str:
    """Atlas sends again what was not taken: the same alert, in the same state, of the same moment."""
    return _key(object_in(received.body), received)


def _key(told: Json, received: Received) -> str:
    what = [_id(told), text(told, "status"), received.headers.get("x-mms-event", ""), text(told, "updated")]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def _id(told: Json) -> str:
    found = text(told, "id")
    if found is None:
        raise Unmapped("id is missing or blank")
    return found


def _source(told: Json) -> str:
    return text(told, "hostnameAndPort", "clusterName", "replicaSetName", "groupId", "orgId") or "MongoDB Atlas"


def _summary(told: Json) -> str:
    what = (text(told, "eventTypeName") or "alert").lower().replace("_", " ")
    metric, value = text(told, "metricName"), _value(inner(told, "currentValue"))
    measured = f"{metric} = {value}" if metric and value else metric or value
    where = text(told, "clusterName") or _source(told)
    return one_line(f"Atlas: {what}{f': {measured}' if measured else ''} on {where}")


def _value(measured: Json) -> str:
    number = measured.get("number")
    told = str(round(number, 3)).removesuffix(".0") if isinstance(number, float) else text(measured, "number") or ""
    return f"{told} {text(measured, 'units') or ''}".strip() if told else ""


def _link(told: Json) -> Link | None:
    """A template's own, or one of `links`, where Atlas names its API too, which no person can open."""
    hrefs = [text(told, "link", "url"), *(text(one, "href") for one in objects(told, "links"))]
    pages = [href for href in hrefs if href and href.startswith(("https://", "http://")) and "/api/" not in href]
    return Link(pages[0], "Atlas alert") if pages else None


def _is_ahead(said: str | None, now: datetime) -> bool:
    try:
        until = datetime.fromisoformat(said or "")
    except ValueError:
        return False
    return (until if until.tzinfo else until.replace(tzinfo=UTC)) > now


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: mongodb-atlas
    verify:
      hmac: {{header: X-MMS-Signature, algorithm: sha1, encoding: base64, secret: "${{ATLAS_SECRET}}"}}
    route: {{service: "the PagerDuty service's name or id"}}

In Atlas: Project Settings, Integrations, Webhook, Configure:
  Webhook URL     {setup.url}/in/{setup.name}
  Webhook Secret  {setup.secret}   (that is ATLAS_SECRET)
Then in each alert configuration: Add Notification Method, Webhook.
"""


ALERT: Mapping[str, Any] = {
    "id": "65c0ffee0000000000000001", "groupId": "65c0ffee00000000000000aa",
    "eventTypeName": "OUTSIDE_METRIC_THRESHOLD", "status": "OPEN", "created": "2026-03-02T09:00:00Z",
    "updated": "2026-03-02T09:05:00Z", "clusterName": "orders", "hostnameAndPort": "orders-00-01.example.net:27017",
    "metricName": "QUERY_TARGETING_SCANNED_PER_RETURNED", "currentValue": {"number": 1204.5, "units": "RAW"},
}  # fmt: skip


def _sample(name: str, event: str, **changed: str) -> Sample:
    return Sample(name, json.dumps({**ALERT, **changed}).encode(), {"x-mms-event": event})


ADAPTER = Adapter(
    name="mongodb-atlas", title="MongoDB Atlas", mapper=mapper, setup=setup, key=request_key, proof="hmac",
    on_update_after_resolve="ignore",
    samples=(
        _sample("an alert opens", "alert.open"),
        _sample("it is acknowledged", "alert.acknowledge", acknowledgedUntil="2126-03-02T09:00:00Z"),
        _sample("it closes", "alert.close", status="CLOSED", updated="2026-03-02T09:30:00Z"),
        _sample("something to know", "alert.inform", status="INFORMATIONAL", eventTypeName="CLUSTER_SCALED"),
    ),
)  # fmt: skip

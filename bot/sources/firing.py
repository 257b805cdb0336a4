"""What Alertmanager and Grafana have in common: a group of alerts, each of which fires or is resolved."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.signal import Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Unmapped
from bot.sources.reading import Json, inner, objects, one_line, text
from bot.sources.words import own_options, severities, text_option, worded

SEVERITY_LABEL = "severity"
WHERE = ("instance", "host", "hostname", "node", "pod", "cluster", "job", "service")
NEVER = "0001-01-01"  # Go's word for no time
MOST_LABELS = 5  # in a summary


@dataclass(frozen=True)
class Reading:
    """How a source of this family is read. `system`: the beginning of its keys."""

    system: str
    client: str
    label: str
    words: Mapping[str, Severity]

    def severity(self, labels: Json) -> Severity:
        return worded(text(labels, self.label), self.words) or "error"


def reading(system: str, client: str, settings: SourceSettings) -> Reading:
    options = own_options(settings, "severity_label")
    return Reading(
        system, client, text_option(options, "severity_label", SEVERITY_LABEL) or SEVERITY_LABEL, severities(settings)
    )  # fmt: skip


def alerts_of(told: Json) -> list[Json]:
    """Those that can be read. One that is none hides no other."""
    found = [one for one in objects(told, "alerts") if inner(one, "labels") or text(one, "fingerprint")]
    if not found:
        raise Unmapped("alerts is missing, or none of them has labels or a fingerprint")
    return found


def signal(read: Reading, told: Json, alert: Json, links: Iterator[Link], **more: Any) -> Signal:
    """`told` is the group. Severity words nobody knows are errors."""
    labels, page = inner(alert, "labels"), text(told, "externalURL")
    over = (text(alert, "status") or text(told, "status") or "").lower() in {"resolved", "ok", "normal"}
    return Signal(
        action="resolve" if over else "trigger", dedup_key=f"{read.system}:{_fingerprint(alert)}",
        summary=_summary(labels, inner(alert, "annotations")), severity=read.severity(labels),
        source=text(labels, *WHERE) or text(told, "receiver") or read.client, component=text(labels, "job", "service"),
        group=text(labels, "namespace", "cluster", "grafana_folder"), class_=text(labels, "alertname"),
        timestamp=_since(alert), custom_details=_details(told, alert), links=tuple(links), client=read.client,
        client_url=page, **more,
    )  # fmt: skip


def links(*found: tuple[str | None, str]) -> Iterator[Link]:
    """Those that lead somewhere, each address once."""
    seen: set[str] = set()
    for href, name in found:
        if href and href.startswith(("https://", "http://")) and href not in seen:
            seen.add(href)
            yield Link(href, name)


def _fingerprint(alert: Json) -> str:
    """Alertmanager's own, which is of the labels and stays from firing to resolved."""
    labels = json.dumps(inner(alert, "labels"), sort_keys=True).encode()
    return text(alert, "fingerprint") or hashlib.sha256(labels).hexdigest()[:16]


def _summary(labels: Json, annotations: Json) -> str:
    said = text(annotations, "summary", "title", "message", "description")
    if said:
        return one_line(said)
    name = text(labels, "alertname") or "alert"
    others = [f"{label}={text(labels, label)}" for label in sorted(labels) if label != "alertname"]
    return one_line(f"{name} ({', '.join(others[:MOST_LABELS])})" if others else name)


def _since(alert: Json) -> str | None:
    found = text(alert, "startsAt")
    return None if found is None or found.startswith(NEVER) else found


def _details(told: Json, alert: Json) -> Json:
    """All of the alert but its addresses, which are links, and of the group what tells it apart."""
    own = {name: value for name, value in alert.items() if not name.endswith("URL") and value not in (None, "", {})}
    group = {name: told[name] for name in ("groupKey", "receiver", "truncatedAlerts", "orgId") if told.get(name)}
    return {**own, **group}

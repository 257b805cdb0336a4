"""PagerDuty's webhooks of the second version, which accounts still have: several messages in one request, unsigned.

They are PagerDuty's news of incidents, not news for PagerDuty: put as events of the third version, they move the same
incidents, and nothing is signalled. https://developer.pagerduty.com/docs/v2-webhook-overview
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.reading import Json, inner, object_in, objects, one_line, text
from bot.sources.relay_event import V3_NAMES
from bot.sources.words import own_options

SAME = (
    "id", "type", "self", "html_url", "status", "incident_key", "created_at", "title", "urgency", "service",
    "escalation_policy", "teams", "priority", "incident_type", "conference_bridge", "resolve_reason",
)  # fmt: skip
NEWS = "it is PagerDuty's own news of an incident, which it moves; PagerDuty need not be told"


def mapper(settings: SourceSettings) -> Mapper:
    own_options(settings)
    return signals


def signals(received: Received) -> Sequence[Signal]:
    told = [one_line(f"{one['event_type']}: {_title(one)}") for one in news(received)]
    return [Signal(action="ignore", summary=summary, source="PagerDuty", reason=NEWS) for summary in told]


def news(received: Received) -> list[Json]:
    """The messages as events of the third version, in their order."""
    return [_event(message) for message in _messages(received)]


def request_key(received: Received) -> str | None:
    ids = [text(message, "id") for message in _messages(received)]
    return hashlib.sha256(json.dumps(ids).encode()).hexdigest()[:32] if all(ids) else None


def _messages(received: Received) -> list[Json]:
    found = objects(object_in(received.body), "messages")
    if not found:
        raise Unmapped("messages is missing or empty")
    return found


def _event(message: Json) -> Json:
    kind, entries, incident = text(message, "event") or "", objects(message, "log_entries"), inner(message, "incident")
    entry = entries[0] if entries else {}
    is_note = kind == "incident.annotate"
    return {
        "id": message.get("id"), "event_type": V3_NAMES.get(kind, kind), "resource_type": "incident",
        "occurred_at": text(message, "created_on") or text(entry, "created_at"), "agent": entry.get("agent"),
        "data": _note(entry, incident) if is_note else _incident(incident),
    }  # fmt: skip


def _incident(incident: Json) -> Json:
    assignees = [inner(each, "assignee") for each in objects(incident, "assignments")]
    same = {name: incident[name] for name in SAME if name in incident}
    return {**same, "number": incident.get("incident_number"), "assignees": assignees}


def _note(entry: Json, incident: Json) -> Json:
    content = text(inner(entry, "channel"), "summary", "content", "details") or text(entry, "note", "summary")
    about = {name: incident.get(name) for name in ("id", "type", "summary", "self", "html_url")}
    return {"id": entry.get("id"), "type": "incident_note", "content": content, "trimmed": False, "incident": about}


def _title(event: Mapping[str, Any]) -> str:
    return text(event["data"], "title") or text(inner(event["data"], "incident"), "summary") or "(no title)"


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: pagerduty-v2
    verify: {{token: "${{PAGERDUTY_V2_TOKEN}}"}}

In PagerDuty: Integrations, Generic Webhooks (v2), or the extension of the service:
  URL  {setup.url}/in/{setup.name}?token={setup.secret}   (that is PAGERDUTY_V2_TOKEN)
These webhooks are not signed, so the address is the secret. Where you can, add a v3 subscription in their place.
"""


def _sample(name: str, kind: str, status: str) -> Sample:
    incident = {
        "id": "PV2EXAMPLE", "type": "incident", "incident_number": 7, "title": "The shop is down", "status": status,
        "urgency": "high", "created_at": "2026-03-02T09:00:00Z", "service": {"id": "PSHOP", "name": "Shop"},
    }  # fmt: skip
    message = {"id": f"example-{status}", "event": kind, "created_on": "2026-03-02T09:00:00Z", "incident": incident}
    return Sample(name, json.dumps({"messages": [message]}).encode(), {"x-webhook-id": "PEXAMPLE"})


ADAPTER = Adapter(
    name="pagerduty-v2", title="PagerDuty v2 webhooks", mapper=mapper, setup=setup, key=request_key, proof="token",
    news=news,
    samples=(
        _sample("an incident is triggered", "incident.trigger", "triggered"),
        _sample("it is resolved", "incident.resolve", "resolved"),
    ),
)  # fmt: skip

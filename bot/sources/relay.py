"""Relay's workflows: the events their steps event-send and change-event-send send, and how a run of a workflow ended.

Relay itself tells nobody how a run ended; a step of the workflow does, with the body in docs/sources/relay.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.signal import Action, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources import events_v2
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.reading import Json, inner, object_in, one_line, text
from bot.sources.words import own_options, severities, worded

STATUSES: Mapping[str, Action] = {
    "failed": "trigger", "failure": "trigger", "error": "trigger", "timed-out": "trigger", "timed_out": "trigger",
    "succeeded": "resolve", "success": "resolve", "completed": "resolve",
    "skipped": "ignore", "pending": "ignore", "in-progress": "ignore", "running": "ignore", "cancelled": "ignore",
}  # fmt: skip


@dataclass(frozen=True)
class Relay:
    """`words`: how bad a failed run is, by the name of the workflow."""

    words: Mapping[str, Severity]

    def signals(self, received: Received) -> Sequence[Signal]:
        told = object_in(received.body)
        if _workflow(told):
            return [self._run(told)]
        if "event_action" not in told and "payload" not in told:
            raise Unmapped("workflow is missing, and so are event_action and payload")
        wrong = events_v2.alert_complaints(told) if "event_action" in told else events_v2.change_complaints(told)
        if wrong:
            raise Unmapped("; ".join(wrong))
        return [events_v2.signal_of(told)]

    def _run(self, told: Json) -> Signal:
        """Every failure of a workflow has one key, and a success is over with it; a `scope` tells runs apart that do
        one thing to many places."""
        workflow, status = _workflow(told) or "", (text(told, "status") or "").lower()
        if status not in STATUSES:
            raise Unmapped(f"status is {status[:40]!r}, not one of {', '.join(STATUSES)}")
        action, page, step = STATUSES[status], text(told, "url", "run_url"), text(told, "step")
        key = ":".join(part for part in ("relay:workflow", workflow, text(told, "scope")) if part)
        return Signal(
            action=action, dedup_key="" if action == "ignore" else key, summary=_summary(workflow, status, told),
            severity=worded(workflow, self.words) or "error", source=workflow, component=step, class_="workflow run",
            timestamp=text(told, "timestamp"), custom_details=told, client="Relay", client_url=page,
            links=(Link(page, "Relay run"),) if page else (), idempotency_key=_request(workflow, status, told),
            reason=f"the run is {status}" if action == "ignore" else "",
        )  # fmt: skip


def mapper(settings: SourceSettings) -> Mapper:
    own_options(settings)
    return Relay(severities(settings, {})).signals


def _workflow(told: Json) -> str | None:
    return text(told, "workflow") or text(inner(told, "workflow"), "name")


def _summary(workflow: str, status: str, told: Json) -> str:
    step, said = text(told, "step"), text(told, "message", "error")
    at = f" at step {step}" if step else ""
    return one_line(f"Relay: {workflow} {status}{at}{f' - {said}' if said else ''}")


def _request(workflow: str, status: str, told: Json) -> str | None:
    run = text(told, "run", "run_id") or text(inner(told, "run"), "id")
    parts = (workflow, text(told, "scope") or "", run or "", status)
    return "|".join(parts).encode("utf-8", "replace").decode() if run else None


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: relay
    verify: {{bearer: "${{RELAY_TOKEN}}"}}
    route: {{service: "the PagerDuty service's name or id"}}

In Relay, add the secret `muster-token` to the workflow: {setup.secret}   (that is RELAY_TOKEN)
In the step that may fail:

- name: roll-out
  image: relaysh/core
  spec:
    token: ${{secrets.'muster-token'}}
  input:
  - >-
    ./roll-out || {{ curl --silent --header "Authorization: Bearer $(ni get -p {{.token}})"
    --data '{{"workflow": "deploy", "status": "failed", "step": "roll-out"}}'
    {setup.url}/in/{setup.name}; exit 1; }}

and as the last step:

- name: tell-muster
  image: relaysh/core
  dependsOn: roll-out
  spec:
    token: ${{secrets.'muster-token'}}
  input:
  - >-
    curl --fail --silent --header "Authorization: Bearer $(ni get -p {{.token}})"
    --data '{{"workflow": "deploy", "status": "succeeded"}}'
    {setup.url}/in/{setup.name}
"""


def _sample(name: str, **told: object) -> Sample:
    return Sample(name, json.dumps(told).encode(), {"content-type": "application/json"})


ADAPTER = Adapter(
    name="relay", title="Relay", mapper=mapper, setup=setup,
    samples=(
        _sample("a run failed", workflow="deploy", run="41", status="failed", step="roll-out", message="no such image"),
        _sample("the next one succeeded", workflow="deploy", run="42", status="succeeded"),
        _sample(
            "the step event-send", event_action="trigger", dedup_key="shop-down",
            payload={"summary": "The shop is down", "source": "shop", "severity": "critical"},
        ),
        _sample("the step change-event-send", payload={"summary": "The shop was rolled back", "source": "Relay"}),
    ),
)  # fmt: skip

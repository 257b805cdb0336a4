"""Keptn's CloudEvents: how a task ended in a stage, and the problems that remediations are about.

https://github.com/keptn/spec/blob/master/cloudevents.md
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from bot.domain.signal import Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources import envelope, keptn_problem
from bot.sources.adapter import Adapter, Mapper, Sample, Unmapped
from bot.sources.envelope import CloudEvent
from bot.sources.keptn_approval import TASK as APPROVAL
from bot.sources.keptn_approval import is_for_people, outcome, question
from bot.sources.keptn_evaluation import score, table
from bot.sources.keptn_lint import lint
from bot.sources.keptn_webhook import setup
from bot.sources.options import a_flag, an_address, checked, severity, table_of
from bot.sources.reading import Json, inner, one_line, text

PREFIX, PROBLEMS, LOG = "sh.keptn.event.", ("sh.keptn.events.problem", "sh.keptn.event.problem.open"), "sh.keptn.log"
CHANGES = ("deployment", "release", "rollback")
WEIGHT: Mapping[str, Severity] = {"fail": "error", "warning": "warning"}


@dataclass(frozen=True)
class Options:
    """`bridge`: the address of Keptn's page. `stages`: how bad it is when a task fails there. `approvals`: whether
    people are asked in Slack."""

    bridge: str | None
    stages: Mapping[str, Severity]
    logs: bool
    severity: Mapping[str, Severity]
    approvals: bool


def mapper(settings: SourceSettings) -> Mapper:
    """Options: `bridge_url`, `stage_severity`, `log_errors`."""
    told = checked(settings, bridge_url=an_address, stage_severity=table_of(severity), log_errors=a_flag)
    options = Options(
        told.get("bridge_url"), told.get("stage_severity", {}), told.get("log_errors", False), settings.severity,
        settings.approvals is not None,
    )  # fmt: skip
    return lambda received: envelope.signals(received, partial(signals, options))


def signals(options: Options, event: CloudEvent) -> Sequence[Signal]:
    if event.type in PROBLEMS:
        return [_problem(options, event, data_of(event))]
    if event.type.endswith("remediation.triggered") and inner(data_of(event), "problem"):
        return [_problem(options, event, inner(data_of(event), "problem"))]
    if event.type.startswith(LOG) and options.logs:
        return [_log(options, event)]
    task, phase = _task_and_phase(event.type)
    if task == APPROVAL and options.approvals and phase in {"triggered", "finished"}:
        return [_approval(options, event, phase)]
    if phase != "finished":
        return [_told(options, event, reason=event.type)]
    if "." in task:
        return [_told(options, event, reason=f"sequence-level event: {event.type}")]
    return _finished(options, event, task)


def _approval(options: Options, event: CloudEvent, phase: str) -> Signal:
    """That somebody declined is no trouble of anybody's: it is what people were asked for."""
    data = data_of(event)
    if phase == "triggered" and not is_for_people(data):
        return _told(options, event, reason=f"{event.type}: Keptn decides it by itself")
    place = [_needed(data, name) for name in ("project", "stage", "service")]
    if phase == "triggered":
        asked = question(event, data, place, _sequence(options, event, data))
        return _told(options, event, reason="people are asked in Slack to approve it", approval=asked)
    [alert] = _finished(options, event, APPROVAL)
    ended = outcome(event, data, place, result_of(data))
    if alert.action == "trigger" and text(data, "status") != "errored":
        return _told(options, event, reason=f"{event.type}: {text(data, 'result')}", approval=ended)
    return replace(alert, approval=ended)


def _sequence(options: Options, event: CloudEvent, data: Json) -> str | None:
    """Where the bridge shows the run."""
    page = _page(options, data)
    return next((link.href for link in links(event, data, page)), None) if page else None


def _task_and_phase(type_: str) -> tuple[str, str]:
    """`evaluation`, `finished`; `STAGE.SEQUENCE`, `finished`; two blanks for what is neither."""
    if not type_.startswith(PREFIX):
        return "", ""
    task, _, phase = type_.removeprefix(PREFIX).rpartition(".")
    return task, phase


def data_of(event: CloudEvent) -> Json:
    if not isinstance(event.data, dict):
        raise Unmapped("'data' is missing or not a JSON object")
    return event.data


def _finished(options: Options, event: CloudEvent, task: str) -> Sequence[Signal]:
    data = data_of(event)
    result = result_of(data)
    if result is None:
        return [_told(options, event, reason=f"{event.type}: {text(data, 'status')}")]
    place = [_needed(data, name) for name in ("project", "stage", "service")]
    common = {"class_": task, "summary": _summary(data, task, result, place)}
    key = ":".join(["keptn", *place, task])
    if result == "pass":
        alert = _told(options, event, action="resolve", dedup_key=key, **common)
    else:
        bad = _severity(options, result, place[1], task)
        alert = _told(
            options, event, action="trigger", dedup_key=key, severity=bad,
            custom_details=details(event, data, task), **common,
        )  # fmt: skip
    if task not in CHANGES:
        return [alert]
    return [alert, _told(options, event, action="change", custom_details=details(event, data, task), **common)]


def result_of(data: Json) -> str | None:
    """`pass`, `warning` or `fail`; None for a task that was called off. That of the event counts: the one of its
    `evaluation` may say otherwise, when there was nothing to evaluate."""
    status, result = text(data, "status"), text(data, "result")
    if status == "errored" or result == "fail":
        return "fail"
    if result in {"pass", "warning"}:
        return result
    if result is None and status in {"succeeded", "aborted"}:
        return "pass" if status == "succeeded" else None
    raise Unmapped(f"'data.result' must be one of pass, warning, fail, not {data.get('result')!r}")


def _severity(options: Options, result: str, stage: str, task: str) -> Severity:
    ruled = options.stages.get(stage) if result == "fail" else None
    return ruled or options.severity.get(task) or options.severity.get(result) or WEIGHT[result]


def _needed(data: Json, name: str) -> str:
    found = text(data, name)
    if found is None:
        raise Unmapped(f"'data.{name}' is missing or blank")
    return found


def _summary(data: Json, task: str, result: str, place: Sequence[str]) -> str:
    reached, message = score(data), text(data, "message")
    told = f"Keptn {task} {result}{f' (score {reached})' if reached else ''}: {'/'.join(place)}"
    return told if result == "pass" or not message else f"{told} - {one_line(message)}"


def details(event: CloudEvent, data: Json, task: str) -> Json:
    """Without the file of the objectives, which is large and encoded."""
    block = data.get(task)
    if isinstance(block, dict):
        block = {name: value for name, value in block.items() if name != "sloFileContent"}
    told = {
        **{name: data.get(name) for name in ("result", "status", "message", "labels")},
        **{name: event.extensions.get(name) for name in ("shkeptncontext", "triggeredid")},
        task: block, "indicators": table(data) or None,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _problem(options: Options, event: CloudEvent, told: Json) -> Signal:
    problem = keptn_problem.problem_of(told, options.severity)
    details = {
        "problem": problem.told, "labels": data_of(event).get("labels"),
        "shkeptncontext": event.extensions.get("shkeptncontext"),
    }  # fmt: skip
    more: dict[str, Any] = {}
    if not problem.is_over:
        kept = {name: value for name, value in details.items() if value is not None}
        more = {"severity": problem.severity, "custom_details": kept}
    return _told(
        options, event, action="resolve" if problem.is_over else "trigger", class_="problem",
        dedup_key=f"keptn:problem:{problem.id}", summary=problem.summary, **more,
    )  # fmt: skip


def _log(options: Options, event: CloudEvent) -> Signal:
    data = data_of(event)
    about = text(data, "integrationid", "project") or event.source
    return _told(
        options, event, action="trigger", severity="warning", dedup_key=f"keptn:log:{about}", class_="log",
        summary=f"Keptn says an error: {one_line(text(data, 'message') or event.source)}", custom_details=data,
    )  # fmt: skip


def _told(options: Options, event: CloudEvent, **more: Any) -> Signal:
    """What every signal of this event says. One that is for the timeline alone says why."""
    data = event.data if isinstance(event.data, dict) else {}
    place = [said for name in ("project", "stage", "service") if (said := text(data, name))]
    project, page = text(data, "project"), _page(options, data)
    known: dict[str, Any] = {
        "action": "ignore", "source": page or "/".join(place) or event.source, "component": text(data, "service"),
        "group": "/".join(place[:2]) if text(data, "stage") else project, "timestamp": event.time, "client": "Keptn",
        "client_url": page, "links": links(event, data, page), "idempotency_key": event.key,
    }  # fmt: skip
    return Signal(**{**known, **more})


def _page(options: Options, data: Json) -> str | None:
    project = text(data, "project")
    return f"{options.bridge}/project/{quote(project, safe='')}" if options.bridge and project else None


def links(event: CloudEvent, data: Json, page: str | None) -> tuple[Link, ...]:
    """The sequence, what was deployed where, the problem, and every label that is an address."""
    context, labels = event.extensions.get("shkeptncontext"), inner(data, "labels")
    found = [(f"{page}/sequence/{quote(context, safe='')}", "Keptn sequence")] if page and context else []
    deployed = inner(data, "deployment").get("deploymentURIsPublic")
    found += [(href, "Deployed URL") for href in (deployed if isinstance(deployed, list) else [])]
    found += [(href, "Problem") for one in (data, inner(data, "problem")) if (href := text(one, "ProblemURL"))]
    found += [(href, name) for name in labels if (href := text(labels, name))]
    once: dict[str, str] = {}
    for href, name in found:
        if isinstance(href, str) and href.startswith(("https://", "http://")):
            once.setdefault(href, name)
    return tuple(Link(href, name) for href, name in once.items())


def example(result: str, number: int, **more: Any) -> Sample:
    place = {"project": "sockshop", "stage": "production", "service": "carts", "status": "succeeded"}
    told = {
        "specversion": "1.0", "id": f"evaluation-{number}", "source": "lighthouse-service",
        "type": "sh.keptn.event.evaluation.finished", "shkeptncontext": "c0ffee",
        "data": {**place, "result": result, **more},
    }  # fmt: skip
    headers = {"content-type": "application/cloudevents+json"}
    return Sample(f"an evaluation ends with {result}", json.dumps(told).encode(), headers)


ADAPTER = Adapter(
    name="keptn", title="Keptn", mapper=mapper, setup=setup, key=envelope.key, lint=lint,
    samples=(example("fail", 1, evaluation={"score": 40}, message="too slow"), example("pass", 2)),
)  # fmt: skip

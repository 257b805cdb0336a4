"""Keptn's problem: what a monitor found, on its way to a remediation.

https://github.com/keptn/spec/blob/master/cloudevents.md#problem
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.signal import Severity
from bot.sources.adapter import Unmapped
from bot.sources.reading import Json, inner, one_line, text

SEVERITY: Mapping[str, Severity] = {
    "AVAILABILITY": "critical", "ERROR": "error", "PERFORMANCE": "warning", "RESOURCE": "warning",
    "RESOURCE_CONTENTION": "warning",
}  # fmt: skip
OVER = ("RESOLVED", "CLOSED")


@dataclass(frozen=True)
class Problem:
    """`told`: as it came, with its details opened."""

    id: str
    summary: str
    severity: Severity
    is_over: bool
    told: Json


def problem_of(told: Json, rules: Mapping[str, Severity]) -> Problem:
    """`rules`: severities by Dynatrace's words, which go before ours."""
    opened = {**told, "ProblemDetails": opened_details(told["ProblemDetails"])} if "ProblemDetails" in told else told
    details = inner(opened, "ProblemDetails")
    id_, state = text(told, "PID", "ProblemID"), text(told, "State") or text(details, "status")
    if id_ is None:
        raise Unmapped("'PID' and 'ProblemID' of the problem are missing or blank")
    if state is None or state.upper() not in {"OPEN", *OVER}:
        raise Unmapped(f"'State' of the problem must be one of OPEN, RESOLVED, CLOSED, not {told.get('State')!r}")
    level = (text(details, "severityLevel") or "").upper()
    severity = rules.get(level) or SEVERITY.get(level, "error")
    return Problem(id_, summary(told, id_), severity, state.upper() in OVER, opened)


def summary(told: Json, id_: str) -> str:
    title, entity = text(told, "ProblemTitle") or f"Problem {id_}", text(told, "ImpactedEntity")
    return one_line(f"{title}: {entity}" if entity else title)


def opened_details(told: object) -> object:
    """They are an object, or JSON in a text, or that in base64; text that is none of these stays."""
    if not isinstance(told, str):
        return told
    for text_ in (told, _decoded(told)):
        try:
            return json.loads(text_, strict=False, parse_constant=str)
        except (ValueError, RecursionError):
            continue
    return told


def _decoded(told: str) -> str:
    try:
        return base64.b64decode(told, validate=True).decode()
    except ValueError:
        return ""

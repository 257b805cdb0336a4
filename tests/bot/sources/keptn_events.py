"""What Keptn sends, in our own words: the shapes are those of https://github.com/keptn/spec."""

from typing import Any

JSON = dict[str, Any]


def finished(task: str = "evaluation", result: str = "fail", stage: str = "dev", **changed: Any) -> JSON:
    """How a task ended. `changed` are members of its data; None leaves one out."""
    data = {
        "project": "shop", "stage": stage, "service": "carts", "status": "succeeded", "result": result,
        "labels": {"buildId": "88", "Dashboard": "https://dash.example.com/d/1"}, **changed,
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": f"{task}-{stage}-{result}", "source": "lighthouse", "time": "2026-03-02T08:59:00Z",
        "type": f"sh.keptn.event.{task}.finished", "shkeptncontext": "c0ffee", "triggeredid": "t1",
        "data": {name: value for name, value in data.items() if value is not None},
    }  # fmt: skip


def problem(state: str = "OPEN", **changed: Any) -> JSON:
    told = {
        "State": state, "PID": "P-7", "ProblemID": "7", "ProblemTitle": "Slow answers", "ImpactedEntity": "carts",
        "ProblemDetails": {"severityLevel": "AVAILABILITY", "status": state}, "ProblemURL": "https://mon.example.com/7",
        **changed,
    }  # fmt: skip
    return {**told, "project": "shop", "stage": "production", "service": "carts"}


def approval(passing: str = "manual", warning: str = "manual", number: int = 1, **changed: Any) -> JSON:
    """Keptn waits, or does not. `changed` are members of its data; None leaves one out."""
    data = {
        "project": "shop", "stage": "production", "service": "carts", "status": "succeeded", "result": "pass",
        "labels": {"buildId": "88", "Dashboard": "https://dash.example.com/d/1"},
        "approval": {"pass": passing, "warning": warning}, "evaluation": {"score": 92, "result": "pass"},
        "configurationChange": {"values": {"image": "registry.example.com/carts:0.13.1"}}, **changed,
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": f"question-{number}", "source": "shipyard-controller", "shkeptncontext": "c0ffee",
        "time": "2026-03-02T08:59:00Z", "type": "sh.keptn.event.approval.triggered", "gitcommitid": "4f2a9c1",
        "data": {name: value for name, value in data.items() if value is not None},
    }  # fmt: skip


def event(type_: str, data: Any) -> JSON:
    return {"specversion": "1.0", "id": type_, "source": "k", "type": type_, "shkeptncontext": "c0ffee", "data": data}


INDICATORS = [
    {
        "displayName": "", "value": {"metric": "response_time_p95", "value": 742.12345678, "success": True},
        "passTargets": [{"criteria": "<=+10%", "targetValue": 660, "violated": True},
                        {"criteria": "<600", "targetValue": 600, "violated": True}],
        "warningTargets": None, "status": "fail",
    },
    {
        "displayName": "Error rate", "value": {"metric": "errors", "value": 0, "success": True},
        "passTargets": [{"criteria": "<=1", "targetValue": 1, "violated": False}], "status": "pass",
    },
    {"value": {"metric": "saturation", "success": False, "message": "no\ndata"}, "status": "info"},
]  # fmt: skip
EVALUATION = {"score": 46.25, "result": "fail", "sloFileContent": "c2xv" * 99, "indicatorResults": INDICATORS}

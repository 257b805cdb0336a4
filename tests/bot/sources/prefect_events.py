"""What Prefect sends, in our own words: the shapes are those of https://docs.prefect.io/v3/concepts/events."""

from typing import Any

JSON = dict[str, Any]
UI = "https://prefect.example.com"


def related(role: str, id_: str, name: str, speaks: str = "prefect") -> JSON:
    return {
        "prefect.resource.id": f"{speaks}.{role}.{id_}", "prefect.resource.name": name, "prefect.resource.role": role,
    }  # fmt: skip


def run(
    state: str = "Failed", id_: str = "r1", *, deployment: str | None = "d1", type_: str | None = None,
    message: str = "", pool: str | None = "k8s", speaks: str = "prefect", event_id: str | None = None,
) -> JSON:  # fmt: skip
    """What became of a flow run."""
    others = [related("flow", "f1", "billing", speaks)]
    others += [related("deployment", deployment, f"billing/{deployment}", speaks)] if deployment else []
    others += [related("work-pool", "w1", pool, speaks)] if pool else []
    return {
        "id": event_id or f"event-{id_}-{state}", "event": f"{speaks}.flow-run.{state}",
        "occurred": "2026-03-02T08:59:00.000000Z",
        "resource": {
            "prefect.resource.id": f"{speaks}.flow-run.{id_}", "prefect.resource.name": "brave-otter",
            "prefect.state-name": state, "prefect.state-type": type_ or state.upper(), "prefect.state-message": message,
        },
        "related": others,
        "payload": {"validated_state": {"name": state}},
    }  # fmt: skip


def status(kind: str, state: str, speaks: str = "prefect") -> JSON:
    """Whether a work pool, a work queue or a deployment is ready."""
    resource = {"prefect.resource.id": f"{speaks}.{kind}.x1", "prefect.resource.name": "k8s"}
    return {"id": f"{kind}-{state}", "event": f"{speaks}.{kind}.{state}", "resource": resource, "related": []}


def automation(about: JSON | None, state: str = "triggered", speaks: str = "prefect") -> JSON:
    """What an automation found: `about` is the event that made it speak."""
    labels = about["resource"] if about else {"prefect.resource.id": f"{speaks}.flow-run.lost"}
    return {
        "id": f"automation-{state}", "event": f"{speaks}.automation.{state}", "occurred": "2026-03-02T09:30:00Z",
        "resource": {"prefect.resource.id": f"{speaks}.automation.a1", "prefect.resource.name": "takes too long"},
        "payload": {"triggering_event": about, "triggering_labels": labels},
    }  # fmt: skip


def wrapped(event: JSON, **more: Any) -> JSON:
    """As the payload of a Call webhook action has it."""
    return {"event": event, "automation": {"id": "a9", "name": "to Muster"}, **more}

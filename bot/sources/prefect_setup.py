"""What is pasted into Prefect, and what it sends then."""

import json

from bot.sources.adapter import Sample, Setup

PAYLOAD = """\
{
  "event": {{ event | tojson }},
  "automation": {"id": "{{ automation.id }}", "name": {{ automation.name | tojson }}},
  "flow_run_url": {{ (flow_run | ui_url) | tojson }},
  "flow": {{ flow | tojson }},
  "deployment": {{ deployment | tojson }},
  "work_pool": {{ work_pool | tojson }}
}
"""
STATES = ("Completed", "Failed", "Crashed", "TimedOut", "Late", "Cancelled")


def setup(setup: Setup) -> str:
    return (
        "1. In Prefect, under Blocks, make a Webhook block named muster: method POST, and\n"
        f"   url      {setup.url}/in/{setup.name}\n"
        f'   headers  {{"Authorization": "Bearer {setup.secret}", "Content-Type": "application/json"}}\n'
        "   (Prefect refuses private addresses unless the block allows them.)\n"
        "2. Make an automation with this trigger, and the action Call a webhook with that block and this payload.\n"
        '   A line "severity": "critical", among them overrules Muster\'s own table.\n'
        f"\nTrigger:\n{trigger()}\n\nPayload:\n{PAYLOAD}"
    )


def trigger() -> str:
    """As the form of an automation takes it, under JSON."""
    events = [f"prefect.flow-run.{state}" for state in STATES]
    ready = [f"prefect.{one}.{state}" for one in ("work-pool", "work-queue") for state in ("not-ready", "ready")]
    told = {
        "type": "event", "posture": "Reactive", "threshold": 1, "within": 0,
        "match": {"prefect.resource.id": ["prefect.flow-run.*", "prefect.work-pool.*", "prefect.work-queue.*"]},
        "expect": [*events, *ready], "for_each": ["prefect.resource.id"],
    }  # fmt: skip
    return json.dumps(told, indent=2)


def sample(state: str, number: int, message: str = "") -> Sample:
    """Of a run, with the template around it; Prefect names no media type."""
    told = {
        "event": {
            "id": f"event-{number}", "event": f"prefect.flow-run.{state}", "occurred": "2026-03-02T09:00:00Z",
            "resource": {
                "prefect.resource.id": f"prefect.flow-run.run-{number}", "prefect.resource.name": "brave-otter",
                "prefect.state-type": state.upper(), "prefect.state-message": message,
            },
            "related": [
                {"prefect.resource.id": "prefect.flow.7", "prefect.resource.name": "billing",
                 "prefect.resource.role": "flow"},
                {"prefect.resource.id": "prefect.deployment.8", "prefect.resource.name": "billing/nightly",
                 "prefect.resource.role": "deployment"},
            ],
            "payload": {},
        },
        "automation": {"id": "9", "name": "to Muster"},
    }  # fmt: skip
    return Sample(f"a run ends as {state}", json.dumps(told).encode())


SAMPLES = (sample("Failed", 1, "The table of invoices is missing"), sample("Completed", 2))

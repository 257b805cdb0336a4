"""Members of an incident as a client writes them, checked and looked up."""

from typing import Any

from bot.simulator.pagerduty.account import named
from bot.simulator.pagerduty.directory import EscalationPolicy, Priority, Service, User
from bot.simulator.pagerduty.refusals import Refusal, invalid
from bot.simulator.pagerduty.rest.call import Call, Json, referred


def text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name} cannot be empty")
    return value


def urgency(value: Any) -> str:
    if value not in ("high", "low"):
        raise invalid("Urgency must be high or low")
    return str(value)


def priority(call: Call, value: Any) -> Priority:
    """By reference or plain name; code 1020 for one that the account does not have."""
    wanted = value.get("id") if isinstance(value, dict) else value
    found = named(call.account.priorities, wanted) if isinstance(wanted, str) else None
    if found is None:
        raise Refusal(400, 1020, "Invalid Priority")
    return found


def incident_type(value: Any) -> str:
    return text(value.get("name") if isinstance(value, dict) else None, "Incident type name")


def bridge(value: Any) -> dict[str, str]:
    """conference_number, conference_url or both."""
    if not isinstance(value, dict) or not value.keys() & {"conference_number", "conference_url"}:
        raise invalid("Conference bridge needs conference_number or conference_url")
    return {name: value[name] for name in ("conference_number", "conference_url") if name in value}


def service(call: Call, value: Any) -> Service:
    return referred(call.account.services, value, "Service")


def policy(call: Call, value: Any) -> EscalationPolicy:
    """Code 1014 for one that the account does not have."""
    wanted = value.get("id") if isinstance(value, dict) else None
    found = named(call.account.escalation_policies, wanted or "")
    if found is None:
        raise Refusal(400, 1014, "Escalation Policy Not Found")
    return found


def assignees(call: Call, value: Any) -> list[User]:
    """`[{"assignee": {"id", "type"}}]`."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid("Assignments must be an array")
    return [referred(call.account.users, each.get("assignee"), "Assignee") for each in value]


def snippet(body: Json, name: str) -> str | None:
    """An optional text."""
    value = body.get(name)
    return None if value is None else text(value, name.capitalize())

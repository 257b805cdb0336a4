"""PUT on one incident or many: status, people, urgency, priority, title, service, conference bridge."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.simulator.pagerduty import collaboration, lifecycle
from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.incident import Incident, Origin
from bot.simulator.pagerduty.refusals import Refusal, invalid
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, required, typed
from bot.simulator.pagerduty.rest.shapes import incident_json

MOST_AT_ONCE = 250
Change = Callable[[Account, Incident, Origin], None]
Act = Callable[..., None]


def changed(call: Call) -> Json:
    """https://developer.pagerduty.com/api-reference, updateIncident. Everything is checked before anything changes."""
    origin, incident = call.requester(), call.incident()
    changes = _changes(call, incident, call.member("incident"))
    for change in changes:
        change(call.account, incident, origin)
    return {"incident": incident_json(call.account.links, incident, ["conference_bridge"])}


def all_changed(call: Call) -> Json:
    """Up to 250 at once; the service cannot be changed here."""
    origin = call.requester()
    bodies = call.member("incidents", list)
    if len(bodies) > MOST_AT_ONCE:
        raise Refusal(413, 2001, "Request Entity Too Large", f"At most {MOST_AT_ONCE} incidents at once")
    planned = [_planned(call, body) for body in bodies]
    for incident, changes in planned:
        for change in changes:
            change(call.account, incident, origin)
    return {"incidents": [incident_json(call.account.links, incident, []) for incident, _ in planned]}


def _planned(call: Call, body: Json) -> tuple[Incident, list[Change]]:
    incident = call.account.incident(required(body, "id", str))
    if incident is None:
        raise invalid("Incident not found")
    return incident, _changes(call, incident, {name: body[name] for name in body if name != "service"})


def _changes(call: Call, incident: Incident, body: Json) -> list[Change]:
    """What the body asks for, in the order it takes effect; status and people last."""
    typed(body, "incident_reference", "incident")
    table: dict[str, tuple[Callable[[Any], Any], Act]] = {
        "title": (lambda value: members.text(value, "Title"), collaboration.entitle),
        "urgency": (members.urgency, collaboration.set_urgency),
        "priority": (lambda value: members.priority(call, value), collaboration.set_priority),
        "incident_type": (members.incident_type, collaboration.set_type),
        "conference_bridge": (members.bridge, collaboration.set_bridge),
        "service": (lambda value: members.service(call, value), collaboration.set_service),
    }
    given = [(read(body[name]), act) for name, (read, act) in table.items() if body.get(name) is not None]
    return [partial(_apply, act, value) for value, act in given] + _moves(call, incident, body)


def _apply(act: Act, value: Any, account: Account, incident: Incident, origin: Origin) -> None:
    act(account, incident, origin, value)


def _moves(call: Call, incident: Incident, body: Json) -> list[Change]:
    """A resolved incident's people are those it is reopened with."""
    people = members.assignees(call, body["assignments"]) if body.get("assignments") else None
    policy = members.policy(call, body["escalation_policy"]) if body.get("escalation_policy") else None
    if not incident.is_open and body.get("status") == "triggered":
        return [partial(lifecycle.reopen, assignees=people, policy=policy)]
    moves = _status(incident, body)
    if policy:
        moves.append(partial(lifecycle.delegate, policy=policy))
    if people:
        moves.append(partial(lifecycle.reassign, users=people))
    if body.get("escalation_level") is not None:
        moves.append(partial(lifecycle.escalate, level=required(body, "escalation_level", int)))
    return moves


def _status(incident: Incident, body: Json) -> list[Change]:
    match body.get("status"):
        case None:
            return []
        case "acknowledged":
            return [lifecycle.acknowledge]
        case "resolved":
            lifecycle.open_only(incident)
            return [partial(lifecycle.resolve, note=members.snippet(body, "resolution"))]
        case "triggered":
            return [lifecycle.unacknowledge] if incident.status == "acknowledged" else []
    raise Refusal(400, 1003, "Invalid Status Provided", "Status must be triggered, acknowledged or resolved")


ENDPOINTS = (
    Endpoint("PUT", "/incidents", all_changed),
    Endpoint("PUT", "/incidents/{id}", changed),
)

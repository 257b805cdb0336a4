"""Endpoints that list, open, read and merge incidents."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.simulator.pagerduty import lifecycle
from bot.simulator.pagerduty.ids import now
from bot.simulator.pagerduty.incident import Incident
from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, required, typed
from bot.simulator.pagerduty.rest.members import snippet
from bot.simulator.pagerduty.rest.moments import moment
from bot.simulator.pagerduty.rest.pages import page
from bot.simulator.pagerduty.rest.shapes import incident_json

_SORTED_BY = {
    "incident_number": "number", "created_at": "created_at", "resolved_at": "resolved_at", "urgency": "urgency",
}  # fmt: skip
_STATUSES, _URGENCIES = {"triggered", "acknowledged", "resolved"}, {"high", "low"}
_INCLUDED = {
    "acknowledgers", "agents", "assignees", "conference_bridge", "escalation_policies", "first_trigger_log_entries",
    "priorities", "services", "teams", "users", "custom_fields", "body",
}  # fmt: skip
_USUAL_RANGE, _LONGEST_RANGE = timedelta(days=31), timedelta(days=184)


def listed(call: Call) -> Json:
    """Of the last month and oldest first, unless the query says otherwise."""
    _check(call)
    is_within = _range(call)
    chosen = [each for each in call.account.incidents if is_within(each.created_at) and _asked_for(call, each)]
    for order in reversed(call.query.get("sort_by", "incident_number:asc").split(",")):
        _sort(chosen, order)
    include = call.many("include")
    return page(call, "incidents", chosen, lambda incident: incident_json(call.account.links, incident, include))


def _check(call: Call) -> None:
    """Values that do not exist are refused, as an unknown member of a body is not."""
    for name, allowed in (("statuses", _STATUSES), ("urgencies", _URGENCIES), ("include", _INCLUDED)):
        if unknown := set(call.many(name)) - allowed:
            raise invalid(f"{name.capitalize()} cannot be {', '.join(sorted(unknown))}")
    if call.query.get("date_range", "all") != "all":
        raise invalid("Date range can only be all")


def _range(call: Call) -> Callable[[datetime], bool]:
    """https://developer.pagerduty.com/api-reference, listIncidents: a month unless told, six months at most."""
    if "date_range" in call.query:
        return lambda _: True
    until = moment(call.query.get("until"), zulu=False) or now() + timedelta(seconds=1)
    since = moment(call.query.get("since"), zulu=False) or until - _USUAL_RANGE
    if until - since > _LONGEST_RANGE:
        raise invalid("The date range cannot be longer than six months")
    return lambda at: since <= at < until


def _sort(incidents: list[Incident], order: str) -> None:
    member, _, direction = order.partition(":")
    if member not in _SORTED_BY or direction not in {"", "asc", "desc"}:
        raise invalid(f"Sort by must be one of {', '.join(_SORTED_BY)}, with :asc or :desc")
    never = datetime.max.replace(tzinfo=UTC)
    incidents.sort(key=lambda each: getattr(each, _SORTED_BY[member]) or never, reverse=direction == "desc")


def shown(call: Call) -> Json:
    return {"incident": incident_json(call.account.links, call.incident(), call.many("include"))}


def opened(call: Call) -> Json:
    """Refused when an open incident on the service has the same incident_key: a retry is safe."""
    origin = call.requester()
    body = call.member("incident")
    typed(body, "incident")
    title = members.text(required(body, "title", str), "Title")
    service = members.service(call, required(body, "service", dict))
    key = snippet(body, "incident_key")
    if any(each.incident_key == key and each.service is service and each.is_open for each in call.account.incidents):
        raise invalid("Open incident already exists with the same incident key on this service")
    if body.get("assignments") and body.get("escalation_policy"):
        raise invalid("Assignments and escalation policy cannot both be given")
    incident = lifecycle.trigger(call.account, origin, title, service, incident_key=key, **_optional(call, body))
    return {"incident": incident_json(call.account.links, incident, ["conference_bridge"])}


def merged(call: Call) -> Json:
    origin, target = call.requester(), call.incident()
    keys = [each.get("id") for each in call.member("source_incidents", list)]
    sources = [call.account.incident(str(key)) for key in keys]
    found = [source for source in sources if source is not None]
    if not found or len(found) < len(sources):
        raise invalid("Source incident not found")
    lifecycle.merge(call.account, target, found, origin)
    return {"incident": call.account.links.incident(target)}


def _optional(call: Call, body: Json) -> Json:
    """What may be given when opening, looked up; unknown members are ignored, as by the real one."""
    readers = {
        "urgency": members.urgency,
        "priority": lambda value: members.priority(call, value),
        "escalation_policy": lambda value: members.policy(call, value),
        "assignments": lambda value: members.assignees(call, value),
        "incident_type": members.incident_type,
        "conference_bridge": members.bridge,
        "body": _details,
    }
    names = {"escalation_policy": "policy", "assignments": "assignees"}
    given = [(name, read) for name, read in readers.items() if body.get(name) is not None]
    return {names.get(name, name): read(body[name]) for name, read in given}


def _details(value: Json) -> str | None:
    return value.get("details") if isinstance(value, dict) else None


def _asked_for(call: Call, incident: Incident) -> bool:
    """Every filter that is given has to match."""
    filters: dict[str, set[str]] = {
        "statuses": {incident.status},
        "urgencies": {incident.urgency},
        "service_ids": {incident.service.id},
        "team_ids": {team.id for team in incident.teams},
        "user_ids": {user.id for user in incident.assignees},
    }
    key = call.query.get("incident_key")
    return key in (None, incident.incident_key) and all(
        not call.many(name) or values & set(call.many(name)) for name, values in filters.items()
    )


ENDPOINTS = (
    Endpoint("GET", "/incidents", listed),
    Endpoint("POST", "/incidents", opened, 201),
    Endpoint("GET", "/incidents/{id}", shown),
    Endpoint("PUT", "/incidents/{id}/merge", merged),
)

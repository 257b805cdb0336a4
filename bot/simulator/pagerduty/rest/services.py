"""Services, and the change events that came in through their integrations."""

from typing import Any

from bot.simulator.pagerduty import service_changes
from bot.simulator.pagerduty.account import ChangeEvent
from bot.simulator.pagerduty.directory import Service
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.incident import Origin
from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, one, required, typed
from bot.simulator.pagerduty.rest.integrations import integration_json
from bot.simulator.pagerduty.rest.moments import between
from bot.simulator.pagerduty.rest.pages import page
from bot.simulator.pagerduty.rest.shapes import change_event_json

URGENCY_RULES = ("low", "high", "severity_based")
ALERT_CREATION = ("create_incidents", "create_alerts_and_incidents")


def services(call: Call) -> Json:
    wanted, teams = call.query.get("query", "").casefold(), set(call.many("team_ids"))
    chosen = [
        each
        for each in call.account.services
        if wanted in each.name.casefold() and (not teams or teams & {team.id for team in each.teams})
    ]
    return page(call, "services", chosen, lambda each: _service(call, each))


def service(call: Call) -> Json:
    return {"service": _service(call, _asked(call))}


def create_service(call: Call) -> Json:
    body = call.member("service")
    typed(body, "service")
    policy = members.policy(call, required(body, "escalation_policy", dict))
    new = Service(
        _name(call, required(body, "name", str)), policy, list(policy.teams), members.snippet(body, "description"),
        urgency_rule=_urgency_rule(body.get("incident_urgency_rule")) or "high",
        alert_creation=_alert_creation(body.get("alert_creation")) or ALERT_CREATION[-1],
    )  # fmt: skip
    service_changes.create(call.account, _origin(call), new)
    return {"service": _service(call, new)}


def update_service(call: Call) -> Json:
    body, asked = call.member("service"), _asked(call)
    typed(body, "service")
    asked.name = _name(call, members.snippet(body, "name") or asked.name, asked)
    asked.description = members.snippet(body, "description") or asked.description
    asked.urgency_rule = _urgency_rule(body.get("incident_urgency_rule")) or asked.urgency_rule
    asked.alert_creation = _alert_creation(body.get("alert_creation")) or asked.alert_creation
    service_changes.update(call.account, _origin(call), asked)
    return {"service": _service(call, asked)}


def _name(call: Call, wanted: str, itself: Service | None = None) -> str:
    """No two services of an account have the same name, whatever its capitals."""
    others = {each.name.casefold() for each in call.account.services if each is not itself}
    if wanted.casefold() in others:
        raise invalid("Name has already been taken")
    return wanted


def _urgency_rule(told: Any) -> str | None:
    """https://developer.pagerduty.com/api-reference, createService: incident_urgency_rule. Support hours are not
    pretended."""
    if told is None:
        return None
    if not isinstance(told, dict) or told.get("type") != "constant" or told.get("urgency") not in URGENCY_RULES:
        raise invalid(f"Incident urgency rule must be constant, with one of {', '.join(URGENCY_RULES)}")
    return str(told["urgency"])


def _alert_creation(told: Any) -> str | None:
    if told is not None and told not in ALERT_CREATION:
        raise invalid(f"Alert creation must be one of {', '.join(ALERT_CREATION)}")
    return None if told is None else str(told)


def delete_service(call: Call) -> None:
    service_changes.delete(call.account, _origin(call), _asked(call))


def change_events(call: Call) -> Json:
    return _changes(call, call.account.change_events)


def service_change_events(call: Call) -> Json:
    asked = _asked(call)
    return _changes(call, [change for change in call.account.change_events if change.service is asked])


def related_change_events(call: Call) -> Json:
    """Those on the incident's own service, newest first; not paginated."""
    incident, links = call.incident(), call.account.links
    reason = {"correlation_reason": {"reason": "most_recent"}}
    chosen = [each for each in call.account.change_events if each.service is incident.service]
    return {"change_events": [change_event_json(links, each) | reason for each in reversed(chosen)]}


def _changes(call: Call, changes: list[ChangeEvent]) -> Json:
    """Newest first. https://developer.pagerduty.com/api-reference, listChangeEvents: instants in UTC with Z only."""
    since_until, teams, keys = between(call, zulu=True), set(call.many("team_ids")), call.many("integration_ids")
    chosen = [
        each
        for each in changes
        if since_until(each.at)
        and (not keys or each.integration.id in keys)
        and (not teams or teams & {team.id for team in each.service.teams})
    ]
    chosen.sort(key=lambda each: each.at, reverse=True)
    return page(call, "change_events", chosen, lambda each: change_event_json(call.account.links, each))


def _asked(call: Call) -> Service:
    return one(call.account.services, call.path["id"], "Service")


def _origin(call: Call) -> Origin:
    """Configuration needs no `From`."""
    return Origin(call.account.user_by_email(call.headers.get("From", "")))


def _service(call: Call, asked: Service) -> Json:
    links, include = call.account.links, call.many("include")
    whole = "integrations" in include
    urgency = {"type": "constant", "urgency": asked.urgency_rule}
    return {
        **links.head(asked),
        "name": asked.name,
        "description": asked.description,
        "created_at": seconds(asked.created_at),
        "status": asked.status,
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": 14400,
        "alert_creation": asked.alert_creation,
        "incident_urgency_rule": urgency,
        "support_hours": None,
        "scheduled_actions": [],
        "escalation_policy": links.reference(asked.escalation_policy),
        "teams": [links.reference(team) for team in asked.teams],
        "integrations": [
            integration_json(call, asked, each) if whole else links.reference(each) for each in asked.integrations
        ],
    }


ENDPOINTS = (
    Endpoint("GET", "/services", services),
    Endpoint("POST", "/services", create_service, 201),
    Endpoint("GET", "/services/{id}", service),
    Endpoint("PUT", "/services/{id}", update_service),
    Endpoint("DELETE", "/services/{id}", delete_service, 204),
    Endpoint("GET", "/change_events", change_events),
    Endpoint("GET", "/services/{id}/change_events", service_change_events),
    Endpoint("GET", "/incidents/{id}/related_change_events", related_change_events),
)

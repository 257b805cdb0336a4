"""Services, their integrations, and the change events that came in through those."""

import secrets

from bot.simulator.pagerduty import service_changes
from bot.simulator.pagerduty.account import ChangeEvent
from bot.simulator.pagerduty.directory import Integration, Service
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.incident import Origin
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, one, required, typed
from bot.simulator.pagerduty.rest.moments import between
from bot.simulator.pagerduty.rest.pages import page
from bot.simulator.pagerduty.rest.shapes import change_event_json


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
    new = Service(required(body, "name", str), policy, list(policy.teams), members.snippet(body, "description"))
    service_changes.create(call.account, _origin(call), new)
    return {"service": _service(call, new)}


def update_service(call: Call) -> Json:
    body, asked = call.member("service"), _asked(call)
    asked.name = members.snippet(body, "name") or asked.name
    asked.description = members.snippet(body, "description") or asked.description
    service_changes.update(call.account, _origin(call), asked)
    return {"service": _service(call, asked)}


def delete_service(call: Call) -> None:
    service_changes.delete(call.account, _origin(call), _asked(call))


def integration(call: Call) -> Json:
    """With `integration_key`, as in practice though not in the published schema."""
    asked = _asked(call)
    found = one(asked.integrations, call.path["integration_id"], "Integration")
    return {"integration": _integration(call, asked, found)}


def create_integration(call: Call) -> Json:
    body, asked = call.member("integration"), _asked(call)
    typed(body, "events_api_v2_inbound_integration")
    name = members.snippet(body, "name") or "Events API v2"
    new = Integration(name, secrets.token_hex(16), asked.id)
    asked.integrations.append(new)
    return {"integration": _integration(call, asked, new)}


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
        "alert_creation": "create_alerts_and_incidents",
        "incident_urgency_rule": urgency,
        "support_hours": None,
        "scheduled_actions": [],
        "escalation_policy": links.reference(asked.escalation_policy),
        "teams": [links.reference(team) for team in asked.teams],
        "integrations": [
            _integration(call, asked, each) if whole else links.reference(each) for each in asked.integrations
        ],
    }


def _integration(call: Call, asked: Service, found: Integration) -> Json:
    return {
        **call.account.links.head(found),
        "name": found.name,
        "service": call.account.links.reference(asked),
        "created_at": seconds(found.created_at),
        "vendor": None,
        "integration_key": found.key,
    }


ENDPOINTS = (
    Endpoint("GET", "/services", services),
    Endpoint("POST", "/services", create_service, 201),
    Endpoint("GET", "/services/{id}", service),
    Endpoint("PUT", "/services/{id}", update_service),
    Endpoint("DELETE", "/services/{id}", delete_service, 204),
    Endpoint("POST", "/services/{id}/integrations", create_integration, 201),
    Endpoint("GET", "/services/{id}/integrations/{integration_id}", integration),
    Endpoint("GET", "/change_events", change_events),
    Endpoint("GET", "/services/{id}/change_events", service_change_events),
    Endpoint("GET", "/incidents/{id}/related_change_events", related_change_events),
)

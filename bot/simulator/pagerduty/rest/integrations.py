"""Integrations of a service: https://developer.pagerduty.com/api-reference, createServiceIntegration."""

import secrets

from bot.simulator.pagerduty.directory import Integration, Service
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, one, typed


def integration(call: Call) -> Json:
    """With `integration_key`, as in practice though not in the published schema."""
    service, found = _asked(call)
    return {"integration": integration_json(call, service, found)}


def create(call: Call) -> Json:
    body, service = call.member("integration"), one(call.account.services, call.path["id"], "Service")
    typed(body, "events_api_v2_inbound_integration")
    new = Integration(members.snippet(body, "name") or "Events API v2", secrets.token_hex(16), service.id)
    service.integrations.append(new)
    return {"integration": integration_json(call, service, new)}


def delete(call: Call) -> None:
    """As in practice; the published schema leaves it out. What its key raised stays as it is, and nothing that is sent
    with the key reaches anybody any more."""
    service, found = _asked(call)
    service.integrations.remove(found)


def integration_json(call: Call, service: Service, found: Integration) -> Json:
    return {
        **call.account.links.head(found),
        "name": found.name,
        "service": call.account.links.reference(service),
        "created_at": seconds(found.created_at),
        "vendor": None,
        "integration_key": found.key,
    }


def _asked(call: Call) -> tuple[Service, Integration]:
    service = one(call.account.services, call.path["id"], "Service")
    return service, one(service.integrations, call.path["integration_id"], "Integration")


ENDPOINTS = (
    Endpoint("POST", "/services/{id}/integrations", create, 201),
    Endpoint("GET", "/services/{id}/integrations/{integration_id}", integration),
    Endpoint("DELETE", "/services/{id}/integrations/{integration_id}", delete, 204),
)

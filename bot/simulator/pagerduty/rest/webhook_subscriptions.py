"""Webhook subscriptions: https://developer.pagerduty.com/api-reference, createWebhookSubscription."""

from typing import Any

from bot.simulator.pagerduty.account import Happening, envelope
from bot.simulator.pagerduty.directory import Service, Team
from bot.simulator.pagerduty.event_data import ping_data
from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, one, referred, required, typed
from bot.simulator.pagerduty.rest.pages import page
from bot.simulator.pagerduty.subscriptions import ALL_EVENTS, Subscription

FILTERS = ("account_reference", "service_reference", "team_reference")
REDACTED = "-- redacted --"


def listed(call: Call) -> Json:
    kind, key = call.query.get("filter_type"), call.query.get("filter_id")
    chosen = [
        each
        for each in call.subscriptions
        if (kind is None or each.filter_type == f"{kind}_reference") and key in (None, each.filter_id)
    ]
    return page(call, "webhook_subscriptions", chosen, _json)


def shown(call: Call) -> Json:
    return {"webhook_subscription": _json(_asked(call))}


def created(call: Call) -> Json:
    """The only answer that holds the secret."""
    body = call.member("webhook_subscription")
    typed(body, "webhook_subscription")
    method, filtered = required(body, "delivery_method", dict), required(body, "filter", dict)
    typed(method, "http_delivery_method")
    typed(filtered, *FILTERS)
    url = _address(required(method, "url", str))
    new = Subscription(
        lambda: url,
        events=_events(required(body, "events", list)),
        filter_type=filtered["type"],
        filter_id=_filtered(call, filtered),
        description=members.snippet(body, "description"),
        custom_headers=_headers(method.get("custom_headers") or []),
    )
    call.subscriptions.append(new)
    shape = _json(new)
    shape["delivery_method"]["secret"] = new.secrets[0]
    return {"webhook_subscription": shape}


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise invalid("Delivery method url is not a valid url")
    return url


def _filtered(call: Call, told: Json) -> str | None:
    """A subscription to what is not there is refused."""
    if told["type"] == FILTERS[0]:
        return None
    things: list[Service] | list[Team] = call.account.services if told["type"] == FILTERS[1] else call.account.teams
    return referred(list[Service | Team](things), {"id": required(told, "id", str)}, "Filter").id


def updated(call: Call) -> Json:
    """Neither the address nor the secret can be changed."""
    asked, body = _asked(call), call.member("webhook_subscription")
    if "events" in body:
        asked.events = _events(required(body, "events", list))
    if "active" in body:
        asked.active = body["active"] is True
    asked.description = members.snippet(body, "description") or asked.description
    return shown(call)


def deleted(call: Call) -> None:
    call.subscriptions.remove(_asked(call))


def enabled(call: Call) -> Json:
    _asked(call).enable()
    return shown(call)


def pinged(call: Call) -> None:
    asked = _asked(call)
    body = envelope("pagey.ping", "pagey", None, None, ping_data())
    call.account.tell(Happening("pagey.ping", asked.id, None, (), body))


def _asked(call: Call) -> Subscription:
    return one(call.subscriptions, call.path["id"], "Webhook Subscription")


def _events(names: list[Any]) -> tuple[str, ...]:
    unknown = [str(name) for name in names if name not in ALL_EVENTS]
    if unknown or not names:
        raise invalid(f"Events must be at least one of those there are, not {unknown}")
    return tuple(names)


def _headers(given: list[Any]) -> dict[str, str]:
    pairs = [(required(each, "name", str), required(each, "value", str)) for each in given]
    if len(dict(pairs)) < len(pairs):
        raise invalid("Custom header names must be unique")
    return dict(pairs)


def _json(subscription: Subscription) -> Json:
    return {
        "id": subscription.id,
        "type": "webhook_subscription",
        "active": subscription.active,
        "description": subscription.description,
        "delivery_method": {
            "id": "PD" + subscription.id[2:],
            "type": "http_delivery_method",
            "url": subscription.url(),
            "secret": None,
            "temporarily_disabled": subscription.temporarily_disabled,
            "custom_headers": [{"name": name, "value": REDACTED} for name in subscription.custom_headers],
        },
        "events": list(subscription.events),
        "filter": {"type": subscription.filter_type}
        | ({"id": subscription.filter_id} if subscription.filter_id else {}),
        "oauth_client": None,
    }


ENDPOINTS = (
    Endpoint("GET", "/webhook_subscriptions", listed),
    Endpoint("POST", "/webhook_subscriptions", created),
    Endpoint("GET", "/webhook_subscriptions/{id}", shown),
    Endpoint("PUT", "/webhook_subscriptions/{id}", updated),
    Endpoint("DELETE", "/webhook_subscriptions/{id}", deleted, 204),
    Endpoint("POST", "/webhook_subscriptions/{id}/enable", enabled),
    Endpoint("POST", "/webhook_subscriptions/{id}/ping", pinged, 202),
)

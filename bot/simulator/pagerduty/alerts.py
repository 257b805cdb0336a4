"""What the Events API's events do to alerts and incidents.

https://developer.pagerduty.com/docs/events-api-v2-overview: an event applies to the open alert with its dedup key and
routing key; without one, acknowledge and resolve are dropped silently and trigger opens a new alert.
"""

from typing import Any

from bot.simulator.pagerduty import lifecycle
from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import Integration, Service
from bot.simulator.pagerduty.incident import Alert, Incident, Origin


def accept(account: Account, event: dict[str, Any]) -> None:
    """Applies one valid event; a key that nobody has is swallowed as the real one does."""
    found = account.integration(event["routing_key"])
    if found is None:
        return
    service, integration = found
    client = {"name": event["client"]} if event.get("client") else None
    origin = Origin(service, "api", client)
    alert = account.alerts.get((integration.key, event["dedup_key"]))
    if alert and alert.status == "triggered":
        _apply(account, alert, origin, event)
    elif event["event_action"] == "trigger":
        _open(account, service, integration, origin, event)


def _open(account: Account, service: Service, integration: Integration, origin: Origin, event: dict[str, Any]) -> None:
    payload = event["payload"]
    alert = Alert(event["dedup_key"], integration, payload["summary"], payload["severity"], _details(event))
    account.alerts[integration.key, alert.key] = alert
    if service.groups_alerts and (group := _open_incident(account, service)):
        group.alerts.append(alert)
        return
    lifecycle.trigger(
        account,
        origin,
        alert.summary,
        service,
        urgency=service.urgency(alert.severity),
        incident_key=alert.key,
        alerts=[alert],
    )


def _apply(account: Account, alert: Alert, origin: Origin, event: dict[str, Any]) -> None:
    incident = _incident_of(account, alert)
    action = event["event_action"]
    if action == "trigger":
        alert.details = _details(event)
    elif action == "acknowledge" and incident.status == "triggered":
        lifecycle.acknowledge(account, incident, origin)
    elif action == "resolve":
        _settle(account, incident, alert, origin)


def _settle(account: Account, incident: Incident, alert: Alert, origin: Origin) -> None:
    alert.resolve()
    if incident.is_open and all(each.status == "resolved" for each in incident.alerts):
        lifecycle.resolve(account, incident, origin)


def _open_incident(account: Account, service: Service) -> Incident | None:
    """The newest, which takes the alert in: https://support.pagerduty.com/main/docs/intelligent-alert-grouping"""
    return next((each for each in reversed(account.incidents) if each.service is service and each.is_open), None)


def _incident_of(account: Account, alert: Alert) -> Incident:
    return next(incident for incident in account.incidents if alert in incident.alerts)


def _details(event: dict[str, Any]) -> dict[str, Any]:
    """The payload as the alert's body shows it, with links and images."""
    kept = {name: event[name] for name in ("links", "images", "client", "client_url") if event.get(name)}
    payload: dict[str, Any] = event["payload"]
    return payload | kept

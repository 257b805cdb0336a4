"""What hangs on an incident: notes, status updates, responders, log entries, alerts, custom fields, snoozing."""

from datetime import UTC, datetime

from bot.simulator.pagerduty import collaboration
from bot.simulator.pagerduty.directory import EscalationPolicy, User
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.incident import Alert, Incident, LogEntry, Origin, StatusUpdate
from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest import members
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, referred, required
from bot.simulator.pagerduty.rest.moments import between
from bot.simulator.pagerduty.rest.pages import page
from bot.simulator.pagerduty.rest.shapes import alert_json, incident_json, log_entry_json, note_json, responder_json

MOST_NOTES = 2000
ALERT_STATUSES, ALERT_INCLUDES = {"triggered", "resolved"}, {"services", "first_trigger_log_entries", "incidents"}


def notes(call: Call) -> Json:
    """All of them, newest first; not paginated."""
    return {"notes": [note_json(call.account.links, note) for note in reversed(call.incident().notes)]}


def note(call: Call) -> Json:
    origin, incident = call.requester(), call.incident()
    content = required(call.member("note"), "content", str)
    if len(incident.notes) >= MOST_NOTES:
        raise invalid(f"Incident has {MOST_NOTES} notes already")
    return {"note": note_json(call.account.links, collaboration.annotate(call.account, incident, origin, content))}


def status_update(call: Call) -> Json:
    """`subject` and `html_message` come together or not at all."""
    origin, incident = call.requester(), call.incident()
    subject, html = members.snippet(call.body, "subject"), members.snippet(call.body, "html_message")
    if (subject is None) != (html is None):
        raise invalid("Subject and html_message must be given together")
    update = StatusUpdate(origin.agent, call.member("message", str), subject, html)
    collaboration.publish_status_update(call.account, incident, origin, update)
    shape = {
        "id": update.id,
        "message": update.message,
        "sender": call.account.links.agent(update.sender),
        "created_at": seconds(update.created_at),
    }
    return {"status_update": shape | ({"subject": subject, "html_message": html} if html else {})}


def responder_request(call: Call) -> Json:
    """Who asks is `requester_id` in the body here, not `From`."""
    incident = call.incident()
    requester = referred(call.account.users, {"id": call.member("requester_id", str)}, "Requester")
    message = call.member("message", str)
    targets = [_target(call, each) for each in call.member("responder_request_targets", list)]
    origin = Origin(requester)
    return {
        "responder_request": {
            "incident": call.account.links.incident(incident),
            "requester": call.account.links.reference(requester),
            "requested_at": seconds(incident.updated_at),
            "message": message,
            "responder_request_targets": [_asked(call, incident, origin, each, message) for each in targets],
        }
    }


def snoozed(call: Call) -> Json:
    origin, incident = call.requester(), call.incident()
    collaboration.snooze(call.account, incident, origin, call.member("duration", int))
    return {"incident": incident_json(call.account.links, incident, [])}


def log_entries(call: Call) -> Json:
    """Newest first."""
    return _log_page(call, [(call.incident(), entry) for entry in call.incident().log])


def all_log_entries(call: Call) -> Json:
    """Of all incidents, newest first."""
    return _log_page(call, [(incident, entry) for incident in call.account.incidents for entry in incident.log])


def alerts(call: Call) -> Json:
    """https://developer.pagerduty.com/api-reference, listIncidentAlerts: oldest first, unless the query says otherwise.
    Statuses, order and what to include are refused when PagerDuty's schema has no such value."""
    incident = call.incident()
    statuses, key = call.many("statuses"), call.query.get("alert_key")
    for name, there in (("statuses", ALERT_STATUSES), ("include", ALERT_INCLUDES)):
        if unknown := set(call.many(name)) - there:
            raise invalid(f"{name.capitalize()} cannot be {', '.join(sorted(unknown))}")
    chosen = [
        alert for alert in incident.alerts if key in (None, alert.key) and (not statuses or alert.status in statuses)
    ]
    for order in reversed(call.query.get("sort_by", "created_at").split(",")):
        _sort_alerts(chosen, order)
    return page(call, "alerts", chosen, lambda alert: alert_json(call.account.links, incident, alert))


def _sort_alerts(chosen: list[Alert], order: str) -> None:
    member, _, direction = order.partition(":")
    if member not in {"created_at", "resolved_at"} or direction not in {"", "asc", "desc"}:
        raise invalid("Sort by must be created_at or resolved_at, with :asc or :desc")
    never = datetime.max.replace(tzinfo=UTC)
    chosen.sort(key=lambda each: getattr(each, member) or never, reverse=direction == "desc")


def custom_fields(call: Call) -> Json:
    return {"custom_fields": [{"name": name, "value": value} for name, value in call.incident().custom_fields.items()]}


def set_custom_fields(call: Call) -> Json:
    values = {required(each, "name", str): each.get("value") for each in call.member("custom_fields", list)}
    email = call.headers.get("From", "")
    collaboration.set_fields(call.account, call.incident(), Origin(call.account.user_by_email(email)), values)
    return custom_fields(call)


def _target(call: Call, body: Json) -> User | EscalationPolicy:
    target = required(body, "responder_request_target", dict)
    if str(target.get("type")).startswith("escalation_policy"):
        return members.policy(call, target)
    return referred(call.account.users, target, "Responder")


def _asked(call: Call, incident: Incident, origin: Origin, target: User | EscalationPolicy, message: str) -> Json:
    policy = target if isinstance(target, EscalationPolicy) else None
    users = policy.levels[0] if policy else [user for user in (target,) if isinstance(user, User)]
    asked = collaboration.request_responders(call.account, incident, origin, users, message, policy)
    responders = [responder_json(call.account.links, incident, each) for each in asked]
    return {
        "responder_request_target": {"type": target.kind, "id": target.id, "incidents_responders": responders},
    }


def _log_page(call: Call, entries: list[tuple[Incident, LogEntry]]) -> Json:
    since_until = between(call)
    chosen = sorted((each for each in entries if since_until(each[1].at)), key=lambda each: each[1].at, reverse=True)
    return page(call, "log_entries", chosen, lambda each: log_entry_json(call.account.links, *each))


ENDPOINTS = (
    Endpoint("GET", "/incidents/{id}/notes", notes),
    Endpoint("POST", "/incidents/{id}/notes", note),
    Endpoint("POST", "/incidents/{id}/status_updates", status_update),
    Endpoint("POST", "/incidents/{id}/responder_requests", responder_request),
    Endpoint("POST", "/incidents/{id}/snooze", snoozed, 201),
    Endpoint("GET", "/incidents/{id}/log_entries", log_entries),
    Endpoint("GET", "/incidents/{id}/alerts", alerts),
    Endpoint("GET", "/incidents/{id}/custom_fields/values", custom_fields),
    Endpoint("PUT", "/incidents/{id}/custom_fields/values", set_custom_fields, 201),
    Endpoint("GET", "/log_entries", all_log_entries),
)

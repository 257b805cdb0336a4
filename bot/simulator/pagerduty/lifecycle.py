"""What moves an incident: triggered, acknowledged, resolved, reopened, and who it is assigned to.

Each function changes the incident, writes PagerDuty's log entry with the agent, and tells the webhooks, in that order.
"""

import secrets
from typing import Any

from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import EscalationPolicy, Priority, Service, User
from bot.simulator.pagerduty.event_data import incident_data, note_data
from bot.simulator.pagerduty.ids import now
from bot.simulator.pagerduty.incident import Agent, Incident, LogEntry, Note, Origin
from bot.simulator.pagerduty.refusals import already_resolved, cannot_escalate, invalid

RESOLUTION_NOTE_DELAY = 0.3
"""Seconds between a resolve with a note and the note's own event, as seen from the real one."""


def trigger(
    account: Account,
    origin: Origin,
    title: str,
    service: Service,
    *,
    urgency: str | None = None,
    incident_key: str | None = None,
    policy: EscalationPolicy | None = None,
    assignees: list[User] | None = None,
    priority: Priority | None = None,
    **details: Any,
) -> Incident:
    """A new incident, paging the first level of its policy unless people are named.

    Assigning it to oneself alone acknowledges it at once
    (https://developer.pagerduty.com/api-reference, createIncident).
    """
    incident = Incident(
        number=next(account.numbers),
        title=title,
        service=service,
        escalation_policy=policy or service.escalation_policy,
        urgency=urgency or service.urgency(),
        incident_key=incident_key or secrets.token_hex(16),
        priority=priority,
        teams=list(service.teams),
        last_status_change_by=origin.agent,
        **details,
    )
    account.incidents.append(incident)
    log(incident, "trigger", origin, f"Triggered through the {_channel(origin)}.", event_details={"description": title})
    assign(incident, origin, assignees or [], "direct_assignment" if assignees else "escalation_policy")
    _announce(account, "triggered", origin, incident)
    if assignees and assignees == [origin.agent]:
        acknowledge(account, incident, origin)
    return incident


def acknowledge(account: Account, incident: Incident, origin: Origin) -> None:
    """On a resolved incident this reopens it, assigned to whoever acts; a second one adds an acknowledger."""
    if not incident.is_open:
        reopen(account, incident, origin, [origin.agent] if isinstance(origin.agent, User) else None)
    others = [each for each in incident.acknowledgements if each[1] is not origin.agent]
    if origin.agent:
        incident.acknowledgements = [*others, (now(), origin.agent)]
    _move(incident, origin, "acknowledged")
    log(incident, "acknowledge", origin, f"Acknowledged by {_name(origin)}.", acknowledgement_timeout=1800)
    _announce(account, "acknowledged", origin, incident)


def unacknowledge(account: Account, incident: Incident, origin: Origin) -> None:
    """Back to triggered: an acknowledgement or a snooze ran out, or someone took it back."""
    incident.acknowledgements, incident.snoozed_until = [], None
    _move(incident, origin, "triggered")
    log(incident, "unacknowledge", origin, f"Unacknowledged by {_name(origin)}.")
    _announce(account, "unacknowledged", origin, incident)


def resolve(
    account: Account, incident: Incident, origin: Origin, note: str | None = None, into: Incident | None = None
) -> None:
    """Refused when resolved already (code 1001). `into` says that this was a merge."""
    open_only(incident)
    incident.resolved_at, incident.merged_into, incident.snoozed_until = now(), into, None
    incident.assignments, incident.acknowledgements = [], []
    for alert in incident.alerts:
        alert.resolve()
    _move(incident, origin, "resolved")
    log(incident, "resolve", origin, f"Resolved by {_name(origin)}.", **({"note": note} if note else {}))
    _announce(account, "resolved", origin, incident)
    if note:
        account.later(RESOLUTION_NOTE_DELAY, lambda: _note_resolution(account, incident, origin, note))


def reopen(
    account: Account,
    incident: Incident,
    origin: Origin,
    assignees: list[User] | None = None,
    policy: EscalationPolicy | None = None,
) -> None:
    """Back to triggered, assigned to the people named, else by the policy. Refused while it is open."""
    if incident.is_open:
        raise invalid("Incident is not resolved")
    incident.escalation_policy = policy or incident.escalation_policy
    incident.reopened_at, incident.resolved_at, incident.merged_into, incident.level = now(), None, None, 1
    _move(incident, origin, "triggered")
    log(incident, "trigger", origin, f"Reopened by {_name(origin)}.")
    assign(incident, origin, assignees or [], "direct_assignment" if assignees else "escalation_policy")
    _announce(account, "reopened", origin, incident)


def reassign(account: Account, incident: Incident, origin: Origin, users: list[User]) -> None:
    """To these people, off the policy. The acknowledgement does not move with it."""
    open_only(incident)
    incident.acknowledgements = []
    incident.status = "triggered"
    assign(incident, origin, users, "direct_assignment")
    _announce(account, "reassigned", origin, incident)


def escalate(account: Account, incident: Incident, origin: Origin, level: int) -> None:
    """To the people of a level of the policy, from 1; code 1006 when it has no such level."""
    open_only(incident)
    if not 1 <= level <= len(incident.escalation_policy.levels):
        raise cannot_escalate()
    incident.level = level
    _page_again(incident)
    names = ", ".join(user.name for user in incident.assignees)
    log(incident, "escalate", origin, f"Escalated to {names} by {_name(origin)}.", assignees=incident.assignees)
    _announce(account, "escalated", origin, incident)


def delegate(account: Account, incident: Incident, origin: Origin, policy: EscalationPolicy) -> None:
    """To another escalation policy, from its first level."""
    open_only(incident)
    incident.escalation_policy, incident.level = policy, 1
    _page_again(incident)
    log(incident, "delegate", origin, f"Delegated to {policy.name} by {_name(origin)}.", assignees=incident.assignees)
    _announce(account, "delegated", origin, incident)


def merge(account: Account, target: Incident, sources: list[Incident], origin: Origin) -> None:
    """Sources are resolved, their alerts move to the target. Nothing is told of the target."""
    if not target.is_open or target in sources:
        raise invalid("Target incident must be open and not among the sources")
    for source in sources:
        alerts, source.alerts = source.alerts, []
        if source.is_open:
            resolve(account, source, origin, into=target)
        target.alerts += alerts


def open_only(incident: Incident) -> None:
    """Refuses with code 1001 what cannot be done to a resolved incident."""
    if not incident.is_open:
        raise already_resolved()


def assign(incident: Incident, origin: Origin, users: list[User], via: str) -> None:
    """Nobody named: the people of the incident's present level."""
    chosen = users or incident.escalation_policy.levels[incident.level - 1]
    incident.assignments = [(now(), user) for user in chosen]
    incident.assigned_via = via
    names = ", ".join(user.name for user in chosen)
    log(incident, "assign", origin, f"Assigned to {names}.", assignees=list(chosen))


def log(incident: Incident, kind: str, origin: Origin, summary: str, **details: Any) -> None:
    entry = LogEntry(f"{kind}_log_entry", now(), origin.agent, summary, origin.channel, details)
    incident.log.append(entry)
    incident.updated_at = entry.at


def _note_resolution(account: Account, incident: Incident, origin: Origin, note: str) -> None:
    kept = Note(origin.agent, f"Resolution Note: {note}")
    incident.notes.append(kept)
    log(incident, "annotate", origin, f"Note added by {_name(origin)}.", note=kept.content)
    account.happened("incident.annotated", origin, note_data(account.links, incident, kept), incident)


def _page_again(incident: Incident) -> None:
    incident.status, incident.acknowledgements, incident.assigned_via = "triggered", [], "escalation_policy"
    incident.assignments = [(now(), user) for user in incident.escalation_policy.levels[incident.level - 1]]


def _move(incident: Incident, origin: Origin, status: str) -> None:
    incident.status = status
    incident.last_status_change_at, incident.last_status_change_by = now(), origin.agent


def _announce(account: Account, what: str, origin: Origin, incident: Incident) -> None:
    account.happened(f"incident.{what}", origin, incident_data(account.links, incident), incident)


def _name(origin: Origin) -> str:
    agent: Agent = origin.agent
    return agent.name if agent else "PagerDuty"


def _channel(origin: Origin) -> str:
    return "API" if origin.channel == "api" else origin.channel

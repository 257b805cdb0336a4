"""The whole incident as PagerDuty describes it, in a webhook or in an answer."""

from bot.domain.incident import Bridge, Reference, Snapshot, Status
from bot.pagerduty.reading import Members, NotUnderstood


def from_webhook(data: Members) -> Snapshot:
    """Raises NotUnderstood without an id or a status we know; everything else may be missing.

    https://developer.pagerduty.com/docs/webhooks-overview#event-data-types (incident)
    """
    return _snapshot(data, data.number("number"), data.references("assignees"))


def from_rest(incident: Members) -> Snapshot:
    """The same from REST, which says `incident_number` and wraps each assignee in an assignment.

    The bridge is only there when it was asked for by `include[]=conference_bridge`.
    """
    assignees = (each.reference("assignee") for each in incident.objects("assignments"))
    return _snapshot(incident, incident.number("incident_number"), tuple(one for one in assignees if one))


def _snapshot(told: Members, number: int | None, assignees: tuple[Reference, ...]) -> Snapshot:
    return Snapshot(
        pagerduty_id=told.needed_name("id"),
        title=told.text("title") or "",
        status=_status(told),
        urgency=told.text("urgency"),
        pagerduty_number=number,
        incident_key=told.name("incident_key"),
        html_url=told.text("html_url"),
        created_at=told.instant("created_at"),
        incident_type=_type(told),
        service=told.reference("service"),
        escalation_policy=told.reference("escalation_policy"),
        priority=told.reference("priority"),
        teams=told.references("teams"),
        assignees=assignees,
        bridge=_bridge(told.object("conference_bridge")),
        merged_into=_merged_into(told.object("resolve_reason")),
    )


def _status(told: Members) -> Status:
    said = told.needed_text("status")
    try:
        return Status(said)
    except ValueError as error:
        raise NotUnderstood(f"{told.where('status')} is {said[:40]!r}, not one of {', '.join(Status)}") from error


def _type(told: Members) -> str | None:
    described = told.object("incident_type")
    return described.text("name") if described else None


def _bridge(told: Members | None) -> Bridge | None:
    """The number comes as text or as a number, whatever the schema says."""
    bridge = Bridge(told.digits("conference_number"), told.text("conference_url")) if told else Bridge()
    return bridge if bridge != Bridge() else None


def _merged_into(reason: Members | None) -> Reference | None:
    """A merge resolves the source and says why: there is no event of its own for it."""
    is_merge = reason is not None and reason.text("type") == "merge_resolve_reason"
    return reason.reference("incident") if reason and is_merge else None

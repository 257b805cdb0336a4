"""The urgency follows the severity that sources tell, where the service is set up so and nobody decided otherwise."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.errors import Refused
from bot.domain.events import Entry
from bot.domain.events.signals import UrgencySet
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.domain.origin import urgency
from bot.domain.record import LogEntry
from bot.domain.signal import SEVERITIES, Severity
from bot.effects.looking import looked_up
from bot.effects.world import Facts, World, common

SAME = timedelta(seconds=2)  # a log has whole seconds


async def follow_severity(world: World, claim: Claim) -> Facts:
    """PagerDuty is read first: it may have followed by itself, and then there is nothing to do, on a repeat neither.
    What a person chose stays. Without PAGERDUTY_FROM there is nobody in whose name to change it."""
    incident = await world.incident(claim)
    worst = _worst(incident)
    if not (worst and incident.is_open and incident.pagerduty_id and incident.service and world.writes_as):
        return []
    standing, wanted = await world.pagerduty.standing(incident.pagerduty_id), urgency([worst])
    seen = [looked_up(claim, incident, standing)] if standing.snapshot.urgency != incident.urgency else []
    ours = UrgencySet(**common(claim, "urgency", origin="pagerduty.rest"), urgency=wanted or "", severity=worst)
    if standing.snapshot.urgency == wanted:
        return [ours] if claim.doubt else seen
    if not await _may_follow(world, incident):
        return seen
    await world.pagerduty.set_urgency(incident.pagerduty_id, wanted or "", as_email=world.writes_as)
    return [ours]


async def _may_follow(world: World, incident: Incident) -> bool:
    try:
        follows = incident.service and await world.pagerduty.follows_severity(incident.service.id)
        log = await world.pagerduty.incident_log(incident.pagerduty_id or "") if follows else []
    except Refused as refusal:
        if refusal.trouble:
            raise
        return False  # the token may not read it, so nobody can say what a person chose
    timeline = await world.database.read(lambda tx: tx.timeline(incident.name))
    return bool(follows) and not any(_is_chosen(line, timeline) for line in log)


def _is_chosen(line: LogEntry, timeline: Sequence[Entry]) -> bool:
    """Whether a person changed the urgency, and not Muster in that person's name."""
    if line.type != "urgency_change" or line.by.kind != "responder":
        return False
    ours = [entry.at for entry in timeline if entry.kind == UrgencySet.kind]
    return not any(abs(at - line.at) <= SAME for at in ours)


def _worst(incident: Incident) -> Severity | None:
    told = {one.severity for one in incident.alerts if one.is_open}
    return next((severity for severity in SEVERITIES if severity in told), None)

"""Whether what somebody asked for still makes sense by the time PagerDuty can be told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.events import Entry
from bot.domain.events.requests import may_still
from bot.domain.job import Claim
from bot.domain.people import Actor
from bot.domain.record import TOLD_AS, LogEntry
from bot.effects.world import World, asker
from bot.pagerduty.rest import Standing

DEADLINE = timedelta(hours=24)  # after which nobody means it any more
LIVE = timedelta(minutes=1)  # a request as young as this knew how things stand, or as good as
SAME = timedelta(seconds=2)
MOVES = frozenset({"trigger", "acknowledge", "unacknowledge", "resolve"})  # log entries; a reopening is a trigger too


async def overtaken(world: World, claim: Claim, verb: str, standing: Standing) -> str | None:
    """Why nothing must be changed any more; None: it may be done.

    PagerDuty knows no "only if": between this look and the change that follows lies one round trip in which somebody
    else may act. https://developer.pagerduty.com/api-reference, updateIncident
    """
    asked = datetime.fromtimestamp(claim.owed_since, UTC)
    waited = datetime.now(UTC) - asked
    if waited > DEADLINE:
        return f"was not told for {waited.total_seconds() / 3600:.0f} hours, so ask again if you still mean it"
    since, by = standing.last_status_change_at, standing.last_status_change_by
    who = f"by {by.name if by else 'someone else'}" + (f" at {since:%H:%M} UTC" if since else "")
    if not may_still(verb, standing.status):
        return f"is {standing.status} already, {who}"
    is_old = waited > LIVE or claim.doubt  # in doubt it may have been done already, and undone by others
    if is_old and since and since > asked and await _others_moved(world, claim, standing, asked):
        return f"has moved on since you asked: {standing.status}, {who}"
    return None


async def is_asker(world: World, claim: Claim, by: Actor) -> bool:
    """Whether PagerDuty names the person whose wish this is."""
    slack_id = asker(claim).id
    person = await world.database.read(lambda tx: tx.person(slack_id=slack_id))
    return person is not None and person.pagerduty_id == by.id


async def _others_moved(world: World, claim: Claim, standing: Standing, asked: datetime) -> bool:
    """Whether the log has a change of status since then that neither the asker made nor anybody asked for here. The
    last change alone does not tell: ours may stand on top of theirs."""
    log = await world.pagerduty.incident_log(standing.snapshot.pagerduty_id, since=asked)
    incident = await world.incident(claim)
    timeline = await world.database.read(lambda tx: tx.timeline(incident.name, since=asked - SAME))
    ours = [entry for entry in timeline if entry.origin == "pagerduty.rest"]
    moves = [line for line in log if line.type in MOVES and line.at > asked]
    return any([not _is_one_of(line, ours) and not await is_asker(world, claim, line.by) for line in moves])


def _is_one_of(line: LogEntry, ours: Sequence[Entry]) -> bool:
    return any(entry.kind in TOLD_AS[line.type] and abs(entry.at - line.at) <= SAME for entry in ours)

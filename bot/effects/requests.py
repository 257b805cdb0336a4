"""Telling PagerDuty what responders decided in Slack, as the one who decided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.errors import Refused
from bot.domain.events.event import Event
from bot.domain.events.news import Acknowledged, News, Reopened, Resolved
from bot.domain.events.requests import Created, NoteSent, RequestDropped
from bot.domain.incident import Incident, Status
from bot.domain.job import Claim
from bot.effects.identity import pagerduty_email
from bot.effects.looking import instant, looked_up
from bot.effects.staleness import is_asker, overtaken
from bot.effects.world import Facts, World, asker, common
from bot.pagerduty.rest import Standing

SKEW = timedelta(minutes=1)  # between PagerDuty's clock, which has whole seconds here, and ours

WANTED: Mapping[str, tuple[Status, type[News]]] = {
    "acknowledge": (Status.ACKNOWLEDGED, Acknowledged),
    "resolve": (Status.RESOLVED, Resolved),
    "reopen": (Status.TRIGGERED, Reopened),
}


async def acknowledge(world: World, claim: Claim) -> Facts:
    """PagerDuty is read first: acknowledging what is resolved would reopen it."""
    return await _moved(world, claim, "acknowledge")


async def resolve(world: World, claim: Claim) -> Facts:
    """PagerDuty is read first; a repeat finds it resolved by the asker and says so."""
    return await _moved(world, claim, "resolve")


async def reopen(world: World, claim: Claim) -> Facts:
    """The only way a resolved incident is opened again, and only on purpose."""
    return await _moved(world, claim, "reopen")


async def _moved(world: World, claim: Claim, verb: str) -> Facts:
    incident = await world.incident(claim)
    pagerduty_id = _known_id(incident)
    email = await pagerduty_email(world, asker(claim).id)
    standing = await world.pagerduty.standing(pagerduty_id)
    if claim.doubt and await _is_done(world, claim, verb, standing):
        return [_agreed(claim, incident, verb, standing)]
    if too_late := await overtaken(world, claim, verb, standing):
        return [looked_up(claim, incident, standing), _dropped(claim, verb, f"{incident.name} {too_late}")]
    resolution = str(claim.job.arguments.get("resolution") or "") or None
    status, _ = WANTED[verb]
    now = await world.pagerduty.set_status(pagerduty_id, status, as_email=email, resolution=resolution)
    # the answer to a PUT leaves the conference bridge out, which does not mean that there is none
    now = replace(now, snapshot=replace(now.snapshot, bridge=standing.snapshot.bridge))
    return [_agreed(claim, incident, verb, now)]


async def _is_done(world: World, claim: Claim, verb: str, standing: Standing) -> bool:
    """Whether an earlier attempt, whose answer was lost, did it: it stands so, and nobody else brought it about."""
    status, _ = WANTED[verb]
    by = standing.last_status_change_by
    return standing.status is status and by is not None and await is_asker(world, claim, by)


def _agreed(claim: Claim, incident: Incident, verb: str, standing: Standing) -> Event:
    """What PagerDuty answered, as news by the asker."""
    _, kind = WANTED[verb]
    at = instant(incident, standing)
    return kind(**common(claim, verb, by=asker(claim), origin="pagerduty.rest", at=at), snapshot=standing.snapshot)


def _dropped(claim: Claim, verb: str, reason: str) -> Event:
    """Nothing was changed, and who was first is said."""
    return RequestDropped(**common(claim, "dropped"), verb=verb, asker=asker(claim), reason=reason)


async def annotate(world: World, claim: Claim) -> Facts:
    """After a doubtful attempt the notes are read first, for one that can only be of that attempt."""
    incident = await world.incident(claim)
    pagerduty_id = _known_id(incident)
    content = str(claim.job.arguments["note"])
    email = await pagerduty_email(world, asker(claim).id)
    there = await _noted(world, claim, incident, content) if claim.doubt else None
    if there is None:
        there = await world.pagerduty.annotate(pagerduty_id, content, as_email=email)
    return [NoteSent(**common(claim, "note", by=asker(claim), origin="pagerduty.rest"), note_id=there)]


async def _noted(world: World, claim: Claim, incident: Incident, content: str) -> str | None:
    """The id of this very note in PagerDuty: the asker's, written since it was owed, and no other request's."""
    asked, slack_id = datetime.fromtimestamp(claim.owed_since, UTC) - SKEW, asker(claim).id
    person = await world.database.read(lambda tx: tx.person(slack_id=slack_id))
    timeline = await world.database.read(lambda tx: tx.timeline(incident.name))
    others = {entry.details.get("note_id") for entry in timeline if entry.kind == NoteSent.kind}
    authors = {None, person.pagerduty_id} if person and person.pagerduty_id else None
    same = (
        note.id for note in await world.pagerduty.notes(_known_id(incident))
        if note.content.strip() == content.strip() and note.id not in others
        and (authors is None or note.author_id in authors) and (note.created_at is None or note.created_at >= asked)
    )  # fmt: skip
    return next(same, None)


async def declare(world: World, claim: Claim) -> Facts:
    """Open the incident in PagerDuty; its incident_key is ours, so a repeat finds the one that is there."""
    incident = await world.incident(claim)
    wanted: Mapping[str, Any] = claim.job.arguments
    email = await pagerduty_email(world, asker(claim).id)
    snapshot = await world.pagerduty.declare(
        title=wanted["title"], service_id=wanted["service_id"], urgency=wanted["urgency"],
        incident_key=wanted["incident_key"], description=wanted["description"], as_email=email,
    )  # fmt: skip
    known = incident.news_at or snapshot.created_at
    at = max(snapshot.created_at, known) if snapshot.created_at and known else None
    return [Created(**common(claim, "declare", by=asker(claim), origin="pagerduty.rest", at=at), snapshot=snapshot)]


async def look_up(world: World, claim: Claim) -> Facts:
    """Ask PagerDuty for the whole incident, of which we have heard only a part."""
    incident = await world.incident(claim)
    standing = await world.pagerduty.standing(_known_id(incident))
    return [looked_up(claim, incident, standing)]


def _known_id(incident: Incident) -> str:
    if incident.pagerduty_id is None:
        raise Refused(f"PagerDuty has no incident for {incident.name}; declare it again, or tell PagerDuty yourself")
    return incident.pagerduty_id

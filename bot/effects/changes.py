"""Change events: sent to PagerDuty, listed where people look for a cause."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from bot.domain.change import ChangeEvent
from bot.domain.errors import Refused
from bot.domain.events.changes import ChangeSent, ServiceChangeSent
from bot.domain.events.event import Event, ServiceEvent
from bot.domain.events.rooms import ChangesShown
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.domain.policy import Policy
from bot.domain.room import ShownChange
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, common, is_known, room_of
from bot.slack.mrkdwn import lasted
from bot.slack.views import changes as views
from storage import Transaction

MOST_SHOWN = 10
MOST_READ = 200


async def send_change(world: World, claim: Claim) -> Facts:
    """PagerDuty has no dedup for change events, so after a lost answer a rare double is possible; our id is in
    custom_details, so that it can be told apart: https://developer.pagerduty.com/docs/send-change-event"""
    change = claim.job.arguments
    service_id = str(change["service_id"])
    if claim.doubt and await _is_there(world, service_id, str(change["change_id"])):
        world.events_api.took()
        return [_sent(claim, service_id)]
    await world.events_api.change(
        await world.routing_key(service_id),
        summary=str(change["summary"]),
        source="Muster",
        at=datetime.fromisoformat(str(change["at"])),
        links=[str(link) for link in change["links"]],
        custom_details={"muster_change": change["change_id"], "by": change["by"]},
    )
    return [_sent(claim, service_id)]


def _sent(claim: Claim, service_id: str) -> Event | ServiceEvent:
    change_id = str(claim.job.arguments["change_id"])
    if claim.job.incident is not None:
        return ChangeSent(**common(claim, "change", origin="pagerduty.events"), change_id=change_id)
    at, key = datetime.now(UTC), f"effect:{claim.id}:change"
    return ServiceChangeSent(
        service_id=service_id, at=at, by=MUSTER, key=key, origin="pagerduty.events", change_id=change_id
    )


async def _is_there(world: World, service_id: str, change_id: str) -> bool:
    since = datetime.now(UTC) - timedelta(days=1)
    try:
        there = await world.pagerduty.change_events(service_id, since, until_now())
    except Refused as refusal:  # without read access to change events a rare double is the lesser evil
        if refusal.trouble:
            raise
        return False
    return any(change.id == change_id for change in there)


async def post_changes(world: World, claim: Claim) -> Facts:
    """What changed on the service in the last hours, each with Suspect and Cleared."""
    incident = await world.incident(claim)
    room = room_of(incident)
    shown = [_shown(change) for change in await _recent(world, incident)]
    ts = None
    if shown:
        message = views.suspects(incident, shown)
        key = f"changes:{incident.name}:{room.channel}"
        ts = await post_once(world, claim, room.channel, message, key=key, look=is_known(claim, room))
    return [ChangesShown(**common(claim, "changes"), message_ts=ts, changes=tuple(shown))]


async def _recent(world: World, incident: Incident) -> list[ChangeEvent]:
    if incident.service is None:
        return []
    since = datetime.now(UTC) - timedelta(hours=world.routing.rule(incident).changes_hours)
    return (await all_changes(world, incident.service.id, since, seen={incident.number}))[:MOST_SHOWN]


async def all_changes(world: World, service_id: str, since: datetime, *, seen: Collection[int]) -> list[ChangeEvent]:
    """Ours and PagerDuty's, each once, newest first. Without the right to read PagerDuty's, ours. Of those logged on
    incidents that are handled in private only what was logged on those `seen`, by number."""
    ours, hidden = await world.database.read(lambda tx: _logged(tx, world.policy, service_id, since, seen))
    try:
        theirs = await world.pagerduty.change_events(service_id, since, until_now())
    except Refused as refusal:
        if refusal.trouble:
            raise
        theirs = []
    merged = {change.id: change for change in (*theirs, *ours) if change.id not in hidden}
    return sorted(merged.values(), key=lambda change: change.at, reverse=True)


def _logged(
    tx: Transaction, policy: Policy, service_id: str, since: datetime, seen: Collection[int]
) -> tuple[list[ChangeEvent], set[str]]:
    """All of ours, and the ids of those to be hidden: PagerDuty lists them too."""
    ours = tx.changes(service_id=service_id, since=since, limit=MOST_READ)
    about = {number: tx.incident(number) for change in ours if (number := change.incident) and number not in seen}
    private = {number for number, one in about.items() if one and policy.is_private(one)}
    return ours, {change.id for change in ours if change.incident in private}


def until_now() -> datetime:
    """Whole seconds and another clock: what changed just now must not fall off the end."""
    return datetime.now(UTC) + timedelta(minutes=1)


def _shown(change: ChangeEvent) -> ShownChange:
    return ShownChange(change.id, change.summary, change.at, link=change.links[0] if change.links else None)


async def update_changes(world: World, claim: Claim) -> Facts:
    """Writes every verdict, so that a repeat does no harm."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.changes_ts and room.archived_at is None:
        await world.slack.update(room.channel, room.changes_ts, views.suspects(incident, list(room.changes)))
    return []


async def show_changes(world: World, claim: Claim) -> Facts:
    """The answer to `changes`, once PagerDuty has been asked too."""
    wanted = claim.job.arguments
    since = datetime.fromisoformat(str(wanted["since"]))
    found = await all_changes(world, str(wanted["service_id"]), since, seen=wanted.get("seen") or ())
    span = lasted(datetime.now(UTC) - since)
    message = views.listing(found, service=str(wanted["service"]), since=f"the last {span}")
    if url := wanted.get("response_url"):
        await world.slack.respond(str(url), message, replace=True)
    else:
        await world.slack.whisper(str(wanted["channel"]), str(wanted["user"]), message)
    return []

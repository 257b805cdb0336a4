"""What else a war room has: topic, purpose, bookmarks, and its address on the PagerDuty incident."""

from bot.domain.errors import Refused
from bot.domain.events.rooms import RoomFurnished, link_note, linked_channel
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.effects.identity import in_slack
from bot.effects.world import Facts, World, common, is_known, room_of, side_by_side
from bot.slack.views import room as words


async def set_topic(world: World, claim: Claim) -> Facts:
    """Setting the same topic again changes nothing people see."""
    incident = await world.incident(claim)
    await world.slack.set_topic(room_of(incident).channel, words.topic(incident))
    return [RoomFurnished(**common(claim, "topic"), part="topic")]


async def set_purpose(world: World, claim: Claim) -> Facts:
    incident = await world.incident(claim)
    await world.slack.set_purpose(room_of(incident).channel, words.purpose(incident))
    return [RoomFurnished(**common(claim, "purpose"), part="purpose")]


async def add_bookmarks(world: World, claim: Claim) -> Facts:
    """Those that stand already are listed first, unless the room is so new that there can be none."""
    incident = await world.incident(claim)
    room = room_of(incident)
    is_first = "bookmarks" not in room.done and claim.attempt == 1 and not is_known(claim, room)
    there = set() if is_first else {link for _, link in await world.slack.bookmarks(room.channel)}
    missing = [(title, link) for title, link in _bookmarks(world, incident) if link not in there]
    await side_by_side(*(world.slack.add_bookmark(room.channel, title, link) for title, link in missing))
    return [RoomFurnished(**common(claim, "bookmarks"), part="bookmarks")]


def _bookmarks(world: World, incident: Incident) -> list[tuple[str, str]]:
    notes = world.routing.notes(incident)
    bridge = (incident.bridge and incident.bridge.conference_url) or notes.bridge
    wanted = [("PagerDuty incident", incident.html_url), ("Runbook", notes.runbook), ("Conference bridge", bridge)]
    return [(title, link) for title, link in wanted if link and link.startswith(("https://", "http://"))]


async def link_room(world: World, claim: Claim) -> Facts:
    """Write the room's address on the PagerDuty incident; after a doubtful attempt its notes are read first."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if incident.pagerduty_id is None or "link" in room.done:
        return []  # declared here: owed again as soon as PagerDuty has the incident, which may be known by then
    content = link_note(incident.name, room)
    notes = await world.pagerduty.notes(incident.pagerduty_id) if claim.doubt or is_known(claim, room) else []
    if not any(note.content == content or linked_channel(note.content) == room.channel for note in notes):
        await world.pagerduty.annotate(incident.pagerduty_id, content, as_email=await writer(world, incident))
    return [RoomFurnished(**common(claim, "link", origin="pagerduty.rest"), part="link")]


async def writer(world: World, incident: Incident) -> str:
    """Under whose address Muster's own note stands: PAGERDUTY_FROM, else whom PagerDuty paged or who declared.

    PagerDuty takes no note without a user of the account: https://developer.pagerduty.com/docs/rest-api-v2/rest-api/
    """
    if world.writes_as:
        return world.writes_as
    for user in incident.assignees:
        if email := (await in_slack(world, user)).email:
            return email
    raise Refused("PagerDuty wants a user for the note: set PAGERDUTY_FROM to the e-mail of one", code="no_from")

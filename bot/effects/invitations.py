"""The right people in the room."""

from bot.domain.errors import Refused
from bot.domain.events.rooms import PeopleInvited
from bot.domain.incident import Incident, Reference
from bot.domain.job import Claim
from bot.domain.people import Person
from bot.domain.room import WarRoom
from bot.effects.identity import in_slack
from bot.effects.world import Facts, World, common, room_of, side_by_side


async def find_people(world: World, claim: Claim) -> Facts:
    """Learn who will be invited while the channel is being made; only the cache is filled."""
    incident = await world.incident(claim)
    await _paged(world, incident)
    return []


async def invite(world: World, claim: Claim) -> Facts:
    """Invite whoever is not in yet; being in already is success, so a repeat does no harm."""
    incident = await world.incident(claim)
    room = room_of(incident)
    people, missed = await _paged(world, incident)
    extra, unknown = await _extra(world, incident)
    wanted = list(dict.fromkeys([*(person.slack_id for person in people if person.slack_id), *extra]))
    there = {*room.invited, *await _invited_before(world, room)}
    newcomers = [user for user in wanted if user not in there]
    refused = await world.slack.invite(room.channel, newcomers) if newcomers else {}
    names = {person.slack_id: person.name for person in people}
    reasons = [f"{names.get(user, user)} ({reason})" for user, reason in refused.items()]
    invited = tuple(user for user in newcomers if user not in refused)
    return [PeopleInvited(**common(claim, "invited"), invited=invited, missed=(*missed, *unknown, *reasons))]


async def _invited_before(world: World, room: WarRoom) -> tuple[str, ...]:
    """Who came into a shared room with the incident whose room it is: mostly the same people are paged."""
    if room.umbrella is None:
        return ()
    number = room.umbrella
    owner = await world.database.read(lambda tx: tx.incident(number))
    return owner.room.invited if owner and owner.room else ()


async def _paged(world: World, incident: Incident) -> tuple[list[Person], list[str]]:
    """Assignees, responders and those on call, as people in Slack; and a sentence for each who is not there."""
    people, missed = [], []
    users = await _users(world, incident)
    for person in await side_by_side(*(_known(world, user) for user in users)):
        if person.slack_id and person.standing != "deactivated":
            people.append(person)
        else:
            missed.append(f"{person.name} (nobody in Slack has {person.email or 'an e-mail address we may see'})")
    return people, missed


async def _users(world: World, incident: Incident) -> list[Reference]:
    policy = incident.escalation_policy
    on_call = await world.pagerduty.on_call(policy.id) if policy else []
    return list({user.id: user for user in (*incident.assignees, *incident.responders, *on_call)}.values())


async def _known(world: World, user: Reference) -> Person:
    try:
        return await in_slack(world, user)
    except Refused as refusal:
        if refusal.trouble:  # we are not believed, which says nothing of them
            raise
        return Person(user.summary or user.id, email=None, pagerduty_id=f"{user.id}: {refusal}")


async def _extra(world: World, incident: Incident) -> tuple[list[str], list[str]]:
    """Whom the routing and the sources of its alerts add: Slack ids, user groups, e-mail addresses. Whoever cannot be
    found is named."""
    found: list[str] = []
    unknown: list[str] = []
    for who in (*world.routing.rule(incident).invite, *world.routing.assigned(incident)):
        try:
            found += await _slack_ids(world, who)
        except Refused as refusal:
            if refusal.trouble:
                raise
            unknown.append(f"{who} ({refusal})")
    if incident.declared_by:
        found.append(incident.declared_by.id)
    return found, unknown


async def _slack_ids(world: World, who: str) -> list[str]:
    if who.startswith(("@", "S")):
        return await world.slack.group_members(who.lstrip("@"))
    if "@" not in who:
        return [who]
    person = await world.slack.person_with_email(who)
    if person is None or person.slack_id is None:
        raise Refused("nobody in Slack has this address")
    return [person.slack_id]

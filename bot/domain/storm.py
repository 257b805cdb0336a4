"""When many related incidents come at once: which of them share a room. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.domain.incident import Incident
from bot.domain.routing import Routing


@dataclass(frozen=True)
class Place:
    """Where an incident is worked on: in the room of `umbrella` (our number), else in a room of its own.

    `begins`: its own room is the one that those who follow will share. `kin` is how many related incidents, itself
    included, came within the storm's minutes.
    """

    kind: Literal["own", "begins", "under"] = "own"
    umbrella: int | None = None
    kin: int = 1


OWN = Place()


def place(
    incident: Incident, recent: Iterable[Incident], later: Iterable[Incident], routing: Routing,
    find: Callable[[int], Incident | None],
) -> Place:  # fmt: skip
    """`recent`: the others that came within the storm's minutes before it, newest first, open or not, since a room was
    made for each; `later`: those that came since, whose turn may have come first. Both are read only as far as needed.
    The first `incidents` of a storm have rooms, the next one's becomes the umbrella, and the rest goes under it."""
    storm = routing.storm
    if not storm.on or incident.is_umbrella or routing.deserves_its_own(incident):
        return OWN
    kin, umbrella = 1, None
    for other in recent:
        if are_related(incident, other, routing):
            kin += 1
            umbrella = umbrella or _shared(other, find)
        if kin > storm.incidents and umbrella:
            return Place("under", umbrella, kin)
    if kin <= storm.incidents:
        return OWN
    umbrellas = (_shared(other, find) for other in later if are_related(incident, other, routing))
    umbrella = next(filter(None, umbrellas), None)
    return Place("under", umbrella, kin) if umbrella else Place("begins", kin=kin)


def are_related(one: Incident, other: Incident, routing: Routing) -> bool:
    """By the operator's choice; but what is private is only ever kept with what the same rule covers."""
    rule, others = routing.rule(one), routing.rule(other)
    if rule.private != others.private or (rule.private and rule is not others) or routing.why_a_room(other) is None:
        return False
    return RELATED[routing.storm.related](one, other)


def window(routing: Routing) -> timedelta:
    return timedelta(minutes=routing.storm.minutes)


def _shared(other: Incident, find: Callable[[int], Incident | None]) -> int | None:
    """The number of the umbrella that this one is, or is under; None when its room is gone or will never be."""
    number = other.room.umbrella if other.room and other.room.umbrella else other.number
    umbrella = other if number == other.number else find(number)
    if umbrella is None or not umbrella.is_umbrella:
        return None
    stands = umbrella.room.archived_at is None if umbrella.room else umbrella.is_open
    return number if stands else None


def _same_service(one: Incident, other: Incident) -> bool:
    return bool(one.service and other.service and one.service.id == other.service.id)


def _same_team(one: Incident, other: Incident) -> bool:
    """Any team in common, or the service, which is all that is known where there are no teams."""
    return bool({team.id for team in one.teams} & {team.id for team in other.teams}) or _same_service(one, other)


RELATED: dict[str, Callable[[Incident, Incident], bool]] = {
    "team": _same_team,
    "service": _same_service,
    "all": lambda one, other: True,
}

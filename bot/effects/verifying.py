"""A key is proved, not believed: the Events API takes any that is well formed, and says nothing of where it leads.

https://developer.pagerduty.com/docs/send-alert-event
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from bot.domain.connecting import KEY, VERIFY, Connection
from bot.domain.errors import Refused
from bot.domain.events.connecting import KeyDoubted, KeyEvent, KeyVerified
from bot.domain.incident import Reference, Subject
from bot.domain.job import Claim, Job, Priority
from bot.domain.people import Actor
from bot.domain.source import parted
from bot.effects.signals import known_key
from bot.effects.world import Facts, World
from bot.pagerduty.signalling import ALERT

MALFORMED = "it is not 32 letters and digits, as PagerDuty's keys are"
NOT_SEEN = "PagerDuty accepted an event with it and shows none within {:.0f} s: the key is probably wrong"
ELSEWHERE = "what is sent with it arrives at {}, not here"
FAR_AWAY = (
    "PagerDuty accepted an event with it in the region {}, where Muster cannot look: look there for it yourself, or"
    " name the account under accounts: in muster.yaml"
)
FIRST_LOOK, LONGEST = 0.2, 5.0  # seconds between two looks, growing


@dataclass(frozen=True)
class Target:
    """The key of one route. Without `key_id` it is the one that the service itself has."""

    source: str
    route: str
    service: str
    service_id: str | None = None
    key_id: str | None = None


@dataclass(frozen=True)
class Verdict:
    """`doubt`: why the key is not proved; empty: it is."""

    listed: bool | None
    doubt: str = ""

    def event(self, target: Target, asker: Actor, key: str) -> KeyEvent:
        kind = {
            "service_id": target.source, "at": datetime.now(UTC), "by": asker, "key": key, "origin": "pagerduty.events",
            "route": target.route, "service": target.service, "asker": asker, "listed": self.listed,
        }  # fmt: skip
        return KeyDoubted(**kind, reason=self.doubt) if self.doubt else KeyVerified(**kind)  # type: ignore[arg-type]


def verification(made: Connection, asker: Actor, key: str) -> Job:
    """The job that proves the key of a route just made."""
    arguments = {
        "source": made.source, "route": made.route, "service": made.called, "service_id": made.service.id,
        "key_id": made.key_id, "id": uuid4().hex, "asker": asker.id, "name": asker.name,
    }  # fmt: skip
    lane = f"verify/{made.source}/{made.route}"
    return Job("verify_key", lane, arguments=arguments, priority=Priority.HUMAN, key=key)


async def verify_key(world: World, claim: Claim) -> Facts:
    """A repeat is harmless: the event has the same dedup_key, so it is the same alert, and resolving it twice is
    dropped in silence. The result is told to whoever asked, by a reaction."""
    told = claim.job.arguments
    target = Target(
        source=str(told["source"]), route=str(told["route"]), service=str(told["service"]),
        service_id=told["service_id"], key_id=told["key_id"],
    )  # fmt: skip
    found = await verified(world, target, str(told["id"]))
    asker = Actor("responder", str(told["asker"]), str(told["name"]))
    return [found.event(target, asker, f"effect:{claim.id}:verified")]


async def verified(world: World, target: Target, id_: str) -> Verdict:
    """`id_`: 32 hexadecimal digits that nothing else was verified by."""
    key = await _key(world, target)
    place, bare = parted(key)
    if not KEY.fullmatch(bare):
        return Verdict(None, MALFORMED)
    is_in_reach = not place or place in world.accounts
    there = world.of(place) if is_in_reach else world
    listed, dedup_key = await _is_listed(there, target, bare), f"{VERIFY}{id_}"
    body = {"summary": f"Muster proves the key of {target.source}; this resolves itself", "source": "Muster",
            "severity": "info"}  # fmt: skip
    await world.events_api.send(
        key, ALERT, {"event_action": "trigger", "dedup_key": dedup_key, "payload": body, "client": "Muster"}
    )
    service = await _seen(there, dedup_key) if is_in_reach else None
    await world.events_api.send(key, ALERT, {"event_action": "resolve", "dedup_key": dedup_key})
    if not is_in_reach:
        return Verdict(listed, FAR_AWAY.format(place))
    if service is None:
        return Verdict(listed, NOT_SEEN.format(world.seen_within))
    is_here = target.service_id is None or service.id in {"", target.service_id}
    return Verdict(listed, "" if is_here else ELSEWHERE.format(service.summary or service.id))


async def _key(world: World, target: Target) -> str:
    if target.key_id:
        return await known_key(world, target.key_id)
    return await world.routing_key(target.service_id or target.service)


async def _is_listed(world: World, target: Target, key: str) -> bool | None:
    """Whether PagerDuty lists it among the service's integrations; None when it shows no keys, or not to us."""
    if target.service_id is None:
        return None
    try:
        setup = await world.pagerduty.service_setup(target.service_id)
    except Refused:
        return None
    keys = [one.key for one in setup.integrations if one.key]
    return key in keys if keys else None


async def _seen(world: World, dedup_key: str) -> Reference | None:
    """The service on which it showed up, with an empty id when that is not said; None: nowhere in time."""
    until, wait = time.monotonic() + world.seen_within, FIRST_LOOK
    while True:
        if service := await _shown(world, dedup_key):
            return service
        left = until - time.monotonic()
        if left <= 0:
            return None
        await asyncio.sleep(min(wait, left))
        wait = min(wait * 1.5, LONGEST)


async def _shown(world: World, dedup_key: str) -> Reference | None:
    """A webhook of ours told of it, or PagerDuty does when asked; of another account none comes."""
    known = None if world.account else await world.database.read(lambda tx: tx.find(Subject(incident_key=dedup_key)))
    if known:
        return known.service or Reference("", "")
    try:
        found = await world.pagerduty.incident_with_key(dedup_key)
    except Refused:  # a token that may not read incidents: the webhook is left
        return None
    return None if found is None else found.service or Reference("", "")

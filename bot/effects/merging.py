"""Merging incidents in PagerDuty, as the one who decided."""

from bot.domain.errors import Refused
from bot.domain.events.requests import RequestDropped
from bot.domain.events.storms import Merged
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.effects.identity import pagerduty_email
from bot.effects.world import Facts, World, asker, common

AT_ONCE = 100  # incidents in one call


async def merge(world: World, claim: Claim) -> Facts:
    """PagerDuty's open incidents are listed first, so a repeat merges only what is left. That the others are over,
    PagerDuty tells of each by itself."""
    incident = await world.incident(claim)
    sources = await _sources(world, claim)
    email = await pagerduty_email(world, asker(claim).id)
    is_open = {one.snapshot.pagerduty_id for one in await world.pagerduty.open_incidents()}
    if incident.pagerduty_id is None or incident.pagerduty_id not in is_open:
        reason = f"{incident.name} is not open in PagerDuty, and nothing can be merged into what is over"
        return [RequestDropped(**common(claim, "dropped"), verb="merge", asker=asker(claim), reason=reason)]
    left = [one.pagerduty_id for one in sources if one.pagerduty_id in is_open and one.pagerduty_id]
    for start in range(0, len(left), AT_ONCE):
        await world.pagerduty.merge(incident.pagerduty_id, left[start : start + AT_ONCE], as_email=email)
    merged = tuple(one.number for one in sources)
    return [Merged(**common(claim, "merge", by=asker(claim), origin="pagerduty.rest"), sources=merged)]


async def _sources(world: World, claim: Claim) -> list[Incident]:
    numbers = [int(number) for number in claim.job.arguments["sources"]]
    found = await world.database.read(lambda tx: [tx.incident(number) for number in numbers])
    sources = [one for one in found if one and one.pagerduty_id]
    if not sources:
        raise Refused("PagerDuty knows none of the incidents that were to be merged")
    return sources

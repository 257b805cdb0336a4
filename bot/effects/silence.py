"""PagerDuty has not done what somebody asked of it: they hear so once, however many find it out."""

from datetime import UTC, datetime

from bot.domain.events.changes import ServiceChangeDelayed
from bot.domain.events.requests import RequestDelayed
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.effects.world import Facts, World, asker, common

NO_ANSWER = "no answer yet; this is kept, and tried until there is one"


async def tell_if_silent(world: World, claim: Claim) -> Facts:
    """Nothing when the request is no longer owed. A repeat is the same fact."""
    wanted = claim.job.arguments
    lane, request = str(wanted["in_lane"]), str(wanted["request"])
    if not await world.database.read(lambda tx: tx.owes(lane, request)):
        return []
    if claim.job.incident is None:
        return [await _change_delayed(world, claim)]
    return [request_delayed(claim, str(wanted["verb"]), NO_ANSWER)]


def request_delayed(claim: Claim, verb: str, reason: str) -> RequestDelayed:
    """Of the request under one key, so that whoever says it first says it alone. What an older Muster owes has none."""
    request = claim.job.arguments.get("request")
    told = common(claim, "delayed", key=f"delayed:{request}" if request else None)
    return RequestDelayed(**told, verb=verb, asker=asker(claim), reason=reason)


async def _change_delayed(world: World, claim: Claim) -> ServiceChangeDelayed:
    """Of a change outside any incident."""
    wanted = claim.job.arguments
    service_id, request = str(wanted["service_id"]), str(wanted["request"])
    service = await world.database.read(lambda tx: tx.service(service_id))
    return ServiceChangeDelayed(
        service_id=service_id, at=datetime.now(UTC), by=MUSTER, key=f"delayed:{request}", origin="pagerduty.events",
        change_id=str(wanted["change_id"]), reason=NO_ANSWER, asker=asker(claim),
        html_url=service.html_url if service else None,
    )  # fmt: skip

"""What the clock asks for again anyway: the next tick is the repeat."""

import functools
import logging

from bot.domain.errors import Refused, Unavailable
from bot.domain.job import Claim
from bot.effects.world import Facts, Run, World

log = logging.getLogger(__name__)


def at_the_next_tick(run: Run) -> Run:
    """`run`, whose failure is left to the next tick, so that an outage of a day leaves no queue of looks behind."""

    @functools.wraps(run)
    async def once(world: World, claim: Claim) -> Facts:
        try:
            return await run(world, claim)
        except (Refused, Unavailable) as trouble:
            log.warning("%s is left to the next tick: %s", claim.job.kind, trouble)
            return []

    return once

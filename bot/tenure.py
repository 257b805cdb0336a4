"""A claim in hand, and how lately it was proved to be ours still."""

import time

from bot.domain.fence import TRUST, Overtaken
from bot.domain.job import Claim
from storage import Database


class Tenure:
    """`proved_at` is when we asked, not when we were answered, on a clock that goes on while a process is stopped."""

    def __init__(self, database: Database, claim: Claim, proved_at: float) -> None:
        self._database = database
        self._claim = claim
        self._proved_at = proved_at

    async def prove(self) -> None:
        """Returns when the job is ours for another lease; raises Overtaken, or Unavailable when nobody can tell."""
        while (asked := time.monotonic()) > self._proved_at + TRUST:
            if not await self._database.write(lambda tx: tx.renew(self._claim)):
                raise Overtaken(f"job {self._claim.id} is another's since attempt {self._claim.attempt}")
            self._proved_at = asked

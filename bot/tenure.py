"""A claim in hand, and how lately it was proved to be ours still."""

import time
from typing import NamedTuple, Self

from bot.domain.fence import TRUST, Overtaken
from bot.domain.job import Claim
from storage import Database


class Instant(NamedTuple):
    """On two clocks: one goes on while a process is stopped, the other while its machine is, and leaps when it is set.
    https://docs.python.org/3/library/time.html#time.CLOCK_MONOTONIC"""

    steady: float
    wall: float

    @classmethod
    def now(cls) -> Self:
        return cls(time.monotonic(), time.time())

    def is_past(self, seconds: float) -> bool:
        """Whether so much has gone by since, on either of them."""
        return time.monotonic() > self.steady + seconds or time.time() > self.wall + seconds


class Tenure:
    """`proved_at` is when we asked, not when we were answered."""

    def __init__(self, database: Database, claim: Claim, proved_at: Instant) -> None:
        self._database = database
        self._claim = claim
        self._proved_at = proved_at

    async def prove(self) -> None:
        """Returns when the job is ours for another lease; raises Overtaken, or Unavailable when nobody can tell."""
        while self._proved_at.is_past(TRUST):
            asked = Instant.now()
            if not await self._database.write(lambda tx: tx.renew(self._claim)):
                raise Overtaken(f"job {self._claim.id} is another's since attempt {self._claim.attempt}")
            self._proved_at = asked

"""Muster looks after itself: what is owed for too long is a page, and over by itself when it is paid.

No job does this, since jobs that are not done are what it looks for; and it raises one alarm, however often it looks,
whose incident opens no room, so that it cannot be a cause of itself.
"""

import asyncio
import logging
import time
from datetime import UTC, datetime

from bot.domain.errors import Refused, Unavailable
from bot.domain.watch import TOO_LATE, Alarm, Watch
from bot.metrics import WATCH
from bot.pagerduty.events import EventsApi
from storage import Database

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0  # seconds
PATIENCE = 5.0  # seconds for the database to say what is owed


class Watchman:
    """Looks until told to stop. `routing_key` is that of an Events API v2 integration in PagerDuty."""

    def __init__(
        self, database: Database, events: EventsApi, *, routing_key: str, dedup_key: str, every: float = LOOK_EVERY
    ) -> None:
        self._database, self._events = database, events
        self._routing_key, self._dedup_key = routing_key, dedup_key
        self._every = every
        self._watch = Watch()
        self._stopped = asyncio.Event()
        self._blind_since: float | None = None

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        while not self._stopped.is_set():
            await self.look()
            try:
                async with asyncio.timeout(self._every):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Once; an alarm that PagerDuty does not take is raised again at the next look."""
        oldest, what = await self._owed()
        alarm = self._watch.wants(oldest, time.monotonic())
        if alarm:
            try:
                await self._tell(alarm, what)
            except (Refused, Unavailable) as trouble:
                log.warning("PagerDuty does not hear that %s: %s", what, trouble)
            else:
                self._watch.told(alarm)
                log.log(logging.ERROR if alarm == "trigger" else logging.INFO, "watch: %s, since %s", alarm, what)
        WATCH.set(bool(self._watch.raised))

    async def _owed(self) -> tuple[float, str]:
        """For how many seconds something has been owed, and what to say about it; without the database, for how long
        that has been away."""
        try:
            async with asyncio.timeout(PATIENCE):
                owed = await self._database.read(lambda tx: tx.owed())
        except (Unavailable, TimeoutError) as trouble:
            self._blind_since = time.monotonic() if self._blind_since is None else self._blind_since
            away = time.monotonic() - self._blind_since
            return away, f"its database has been away for {away:.0f} s ({str(trouble) or 'it does not answer'})"
        self._blind_since = None
        waiting = owed.waiting + owed.running + owed.late
        return owed.oldest, f"{waiting} effects are owed, the oldest for {owed.oldest:.0f} s"

    async def _tell(self, alarm: Alarm, what: str) -> None:
        if alarm == "resolve":
            await self._events.enqueue(self._routing_key, "resolve", dedup_key=self._dedup_key)
            return
        await self._events.trigger(
            self._routing_key, dedup_key=self._dedup_key, summary=f"Muster is behind: {what}", source="Muster",
            at=datetime.now(UTC), custom_details={"threshold_seconds": TOO_LATE, "what": what},
        )  # fmt: skip

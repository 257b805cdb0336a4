"""Where people can act while our own database is away: PagerDuty's address of each open incident, as last seen."""

import asyncio
import contextlib
import re

from bot.domain.errors import Unavailable
from bot.domain.incident import Incident
from bot.domain.policy import Policy
from commands import Call
from storage import Database

REFRESH = 0.5  # seconds between two looks, at least; at most NET
NET = 30.0
MOST_REMEMBERED, MOST_OFFERED = 500, 3
NUMBER = re.compile(r"\b(?:INC-)?(\d{1,9})\b", re.IGNORECASE)


class Lifeline:
    """Looks at the ledger as long as it can, and remembers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: list[Incident] = []
        self._stale, self._stopped = asyncio.Event(), asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()
        self._stale.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._database.on_jobs(lambda: self._woken_in(loop))
        while not self._stopped.is_set():
            self._stale.clear()
            await self._look()
            await _first_of(self._stopped, within=REFRESH)
            await _first_of(self._stale, within=NET)

    def addresses(self, call: Call, policy: Policy) -> list[tuple[str, str]]:
        """Name and address of the incidents this is about, else of the room's, else of the newest open ones: of those
        that members may see without anybody having to be asked, and nothing for others."""
        known = [one for one in self._open if call.by.is_member and policy.plainly_shows(call.by, one)]
        said = {int(found) for found in NUMBER.findall(f"{call.text} {call.fields.get('incident', '')}")}
        named = [one for one in known if one.number in said]
        here = [one for one in known if one.room and one.room.channel == call.channel]
        meant = (named or here or known)[:MOST_OFFERED]
        return [(one.name, one.html_url) for one in meant if one.html_url]

    def _woken_in(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and so have we
            loop.call_soon_threadsafe(self._stale.set)

    async def _look(self) -> None:
        try:
            self._open = await self._database.read(lambda tx: tx.incidents(limit=MOST_REMEMBERED), within=NET)
        except Unavailable:  # then what was seen before is all there is
            return


async def _first_of(event: asyncio.Event, *, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return

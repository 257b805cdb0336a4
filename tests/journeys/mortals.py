"""A bot as a process that can be killed at any call it makes, and is born again."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.console.demo import environment
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.settings.choices import Choices
from bot.simulator import Simulator
from bot.simulator.faults import Fault, Faults
from storage import Database, Transaction
from tests.eventually import eventually
from tests.journeys.nursery import Nursery
from tests.journeys.town import Town, outside

BY_THE_CLOCK = {
    "pagerduty:GET /webhook_subscriptions", "pagerduty:GET /incidents", "pagerduty:GET /log_entries",
    "slack:users.conversations",
}  # fmt: skip
"""Looks that come whatever people do, so that no step's calls can be counted with them."""


@dataclass
class Deadly(Faults):
    """`kill` is called at the `at`-th call the bot makes from now on; `heard`: that call still has its effect."""

    kill: Callable[[], None] = lambda: None
    at: int = 0
    heard: bool = False
    made: int = 0

    def arm(self, at: int, *, heard: bool) -> None:
        self.at, self.heard, self.made = at, heard, 0

    def hit(self, name: str) -> Fault:
        fault = super().hit(name)
        if name.startswith(("slack:", "pagerduty:", "events:")) and name not in BY_THE_CLOCK:
            self.made += 1
            if self.made == self.at:
                self.kill()
                return Fault(name, lost_reply=self.heard, down=not self.heard)
        return fault


@dataclass
class Process:
    """`muster serve`, in this life or the next."""

    nursery: Nursery
    environ: Mapping[str, str]
    port: int
    log: Path
    pid: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lives(self) -> bool:
        if not self.pid:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, how)

    async def begin(self) -> None:
        """Returns when it is ready, or dead."""
        self.pid = self.nursery.bear(self.environ, self.port, self.log)
        async with aiohttp.ClientSession() as session:
            await eventually(lambda: self._is_ready(session), within=15.0)

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return not self.lives


class Mortals(Town):
    """A town whose bot, whenever it dies, is born again."""

    def __init__(self, simulator: Simulator, database: Database, process: Process, deadly: Deadly) -> None:
        super().__init__(simulator, database)
        self.process, self.deadly = process, deadly
        self.births: list[float] = []  # when each was ready, by the loop's clock
        self._birth = asyncio.Lock()

    async def live(self) -> None:
        while True:
            async with self._birth:
                await self.process.begin()
            self.births.append(asyncio.get_running_loop().time())
            await eventually(lambda: not self.process.lives, within=300.0)

    async def strike(self, fn: Callable[[Transaction], None]) -> None:
        """The hour strikes while the bot is down, for only one process may write to SQLite."""
        async with self._birth:
            self.process.kill(signal.SIGTERM)
            await eventually(lambda: not self.process.lives, within=10.0)
            database = Database(self.process.environ["DATABASE_URL"], Reactions(Routing()))
            database.open()
            await database.write(fn)
            database.close()


@asynccontextmanager
async def a_mortal_town(nursery: Nursery, url: str, choices: Choices, folder: Path) -> AsyncIterator[Mortals]:
    """The bot runs for as long as this lasts. `folder`: where its settings and its log go."""
    deadly, port = Deadly(), free_port()
    config = folder / f"{port}.yaml"
    config.write_text(choices.model_dump_json(exclude_defaults=True))
    async with outside(deadly) as simulator:
        environ = {**environment(simulator), "DATABASE_URL": url, "MUSTER_CONFIG": str(config)}
        process = Process(nursery, environ, port, folder / f"{port}.log")
        deadly.kill = process.kill
        simulator.bot_url = process.url
        database = Database(url, Reactions(Routing()))
        database.open(read_only=True)
        town = Mortals(simulator, database, process, deadly)
        life = asyncio.create_task(town.live())
        try:
            yield town
        finally:
            life.cancel()
            process.kill()
            database.close()


def free_port() -> int:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return int(there.getsockname()[1])

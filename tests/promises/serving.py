"""`muster serve` in a process of its own that is stopped and started again at the same address, and a storm for it."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.console.demo import environment
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.simulator import Simulator
from bot.simulator.credentials import PAGERDUTY_WEBHOOK_SECRET
from storage import Database
from tests import postgres
from tests.bench.webhook import WEBHOOK
from tests.bot.doors import pagerdutys
from tests.databases import postgres_database
from tests.eventually import eventually

HOME = Path(__file__).parents[2]
RETRY = 0.5  # seconds
TEMPLATE = json.dumps(WEBHOOK)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@dataclass
class Muster:
    """One life after another, on one database, at one address."""

    simulator: Simulator
    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    process: Process | None = None

    def settings(self) -> dict[str, str]:
        return {**environment(self.simulator), "DATABASE_URL": self.database_url, "MUSTER_LOG": "json"}

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", "--port", str(self.port),
                cwd=self.folder, env={**os.environ, "PYTHONPATH": str(HOME), **self.settings()}, stdout=log, stderr=log,
            )  # fmt: skip
        await self.until_ready()

    async def until_ready(self) -> None:
        await eventually(self.is_ready, within=60.0)

    async def is_ready(self) -> bool:
        if self.process and self.process.returncode is not None:
            raise AssertionError((self.folder / "log").read_text()[-2000:])
        try:
            return await asked(self.port, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == 200
        except OSError:
            return False

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how many seconds it took."""
        assert self.process
        started = asyncio.get_running_loop().time()
        self.process.send_signal(how)
        code = await self.process.wait()
        return code, asyncio.get_running_loop().time() - started


@asynccontextmanager
async def serving(simulator: Simulator, folder: Path, database_url: str) -> AsyncIterator[Muster]:
    muster = Muster(simulator, folder, database_url)
    try:
        yield muster
    finally:
        if muster.process and muster.process.returncode is None:
            muster.process.kill()
            await muster.process.wait()


@contextmanager
def databases(count: int = 1) -> Iterator[Mapping[str, list[str]]]:
    """New databases of each kind."""
    with tempfile.TemporaryDirectory(prefix="muster-promise-", ignore_cleanup_errors=True) as folder:
        lite = [f"sqlite:///{folder}/{nth}.db" for nth in range(count)]
        with postgres.server() as server:
            with_names = [postgres_database(server) for _ in range(count)]
            urls = [each.__enter__() for each in with_names]
            try:
                yield {"sqlite": lite, "postgresql": urls}
            finally:
                for each in with_names:
                    each.__exit__(None, None, None)


@contextmanager
def looking(url: str) -> Iterator[Database]:
    database = Database(url, Reactions(Routing()))
    database.open(read_only=True)
    try:
        yield database
    finally:
        database.close()


async def asked(port: int, request: bytes) -> int:
    """The status of the answer. ConnectionRefusedError: nobody listened; any other OSError: cut off."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        line = await reader.readline()
        if not line:
            raise ConnectionResetError("closed without an answer")
        await reader.read()
        return int(line.split()[1])
    finally:
        writer.close()


def page(number: int, *, urgent: bool) -> bytes:
    """A signed webhook about an incident of its own; one that is urgent deserves a room."""
    body = TEMPLATE.replace("{number}", f"{number:05}").encode()
    if urgent:
        body = body.replace(b'"urgency": "low"', b'"urgency": "high"')
    given = {**pagerdutys(body, PAGERDUTY_WEBHOOK_SECRET), "Host": "x", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST /pagerduty/webhook HTTP/1.1\r\nConnection: close\r\n{head}\r\n".encode() + body


def key_of(number: int) -> str:
    """Under which the delivery of this page is kept."""
    return f"pagerduty:01BENCH0000000{number:05}"


@dataclass
class Storm:
    """Signed webhooks, `rate` a second, one connection each, sent again like PagerDuty's until they are taken."""

    port: int
    rate: float
    urgent_every: int = 10
    taken: set[int] = field(default_factory=set)
    cut: list[str] = field(default_factory=list)
    refused: int = 0
    sent: int = 0
    _stopped: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def raging(self) -> AsyncIterator["Storm"]:
        clouds = asyncio.create_task(self._blow())
        try:
            yield self
        finally:
            self._stopped = True
            await clouds
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=60)

    async def _blow(self) -> None:
        while not self._stopped:
            task = asyncio.create_task(self._deliver(self.sent))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self.sent += 1
            await asyncio.sleep(1 / self.rate)

    async def _deliver(self, number: int) -> None:
        request = page(number, urgent=number % self.urgent_every == 0)
        while number not in self.taken:
            try:
                if await asked(self.port, request) == 202:
                    self.taken.add(number)
                    return
            except ConnectionRefusedError:
                self.refused += 1
            except OSError as error:
                self.cut.append(repr(error))
            await asyncio.sleep(RETRY)

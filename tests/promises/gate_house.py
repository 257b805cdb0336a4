"""`muster serve` as a process of its own, seen from outside: its address, what it keeps, what it logs."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.simulator import Simulator
from storage import Database, Delivery
from storage.engines import database_url as parsed
from tests import postgres
from tests.bench.processes import Served, muster
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.town import outside

KEPT = {
    "inbox": "SELECT count(*) FROM inbox", "timeline": "SELECT count(*) FROM timeline",
    "jobs": "SELECT count(*) FROM jobs WHERE lane NOT LIKE 'clock/%' AND lane NOT LIKE 'anchor/%'",
    "answers": "SELECT count(*) FROM answers",
}  # fmt: skip

Figure = Callable[[str, bool], Awaitable[list[str]]]
"""Prints what it measured on the database at a URL, `full` or small; what is wrong, a sentence each."""


@dataclass
class House:
    served: Served
    simulator: Simulator
    database: Database
    log_file: Path
    engine: sa.Engine

    @property
    def port(self) -> int:
        return int(self.served.url.rpartition(":")[2])

    @property
    def log_size(self) -> int:
        return self.log_file.stat().st_size

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def rows(self) -> dict[str, int]:
        """What there is for anything that came in; the clock's own jobs do not count, nor do the anchors of the
        checkpoint that it makes every minute."""
        with self.engine.connect() as connection:
            return {name: int(connection.scalar(sa.text(count)) or 0) for name, count in KEPT.items()}

    async def all_read(self, *, within: float = 20.0) -> None:
        def unread(connection: sa.Connection) -> int:
            return int(connection.scalar(sa.text("SELECT count(*) FROM inbox WHERE state = 'kept'")) or 0)

        def is_read() -> bool:
            with self.engine.connect() as connection:
                return unread(connection) == 0

        await eventually(is_read, within=within)

    async def not_understood(self) -> list[Delivery]:
        return await self.database.read(lambda tx: tx.not_understood())


@asynccontextmanager
async def a_house(database_url: str, **environ: str) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-gate-")))
        town = await stack.enter_async_context(outside())
        served = await stack.enter_async_context(muster(town, folder, DATABASE_URL=database_url, **environ))
        database = Database(database_url, Reactions(Routing()))
        database.open(read_only=True)
        stack.callback(database.close)
        engine = sa.create_engine(parsed(database_url))
        stack.callback(engine.dispose)
        await eventually(lambda: bool(town.faults.calls("slack:bots.info")), within=10.0)  # it knows whose it is
        yield House(served, town, database, folder / "log", engine)


@contextmanager
def both_databases() -> Iterator[dict[str, str]]:
    """A migrated one of each kind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-gate-")))
        server = stack.enter_context(postgres.server())
        databases = {
            "SQLite": f"sqlite:///{folder / 'muster.db'}", "PostgreSQL": stack.enter_context(postgres_database(server)),
        }  # fmt: skip
        for url in databases.values():
            migrated(url)
        yield databases


def shown(name: str, figure: Figure) -> int:
    """What `python -m` does: the figure on both databases, and an exit code that says whether all is well."""
    wrong: list[str] = []
    with both_databases() as databases:
        for kind, url in databases.items():
            print(f"{name}, {kind}:")
            found: list[str] = asyncio.run(figure(url, "--full" in sys.argv))  # type: ignore[arg-type]
            print("\n".join(found))
            wrong += found
    return bool(wrong)

"""A migration that is killed has happened whole or not at all, and the next one finds nothing broken.

python -m tests.promises.operating_migrations [--full]
"""

import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import Database, backup, migration
from storage.engines import database_url as parsed
from storage.schema import metadata
from tests import postgres
from tests.databases import postgres_database
from tests.promises.serving import HOME
from tests.storage.facts import EachOwesOne

# Says when it is about to begin, so that the kill falls into the migration and not into the start of Python.
PROGRAM = """
import sys
from storage import Database, migration
from tests.storage.facts import EachOwesOne
database = Database(sys.argv[1], EachOwesOne())
migration.history()
print("now", flush=True)
database.migrate()
print("done", flush=True)
"""


@dataclass
class Figure:
    kills: int = 0
    in_time: int = 0
    old: int = 0
    new: int = 0
    between: int = 0
    stuck: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.in_time} before it said that it was done: {self.old} old, {self.new} new,"
            f" {self.between} between, {self.stuck} that could not be migrated afterwards"
        )

    @property
    def holds(self) -> bool:
        return not self.between and not self.stuck and self.old + self.new == self.kills


def once(url: str, chance: random.Random, longest: float, figure: Figure) -> float:
    """Migrate, kill, look, migrate again. How many seconds a migration that was let be has taken, else 0."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, url], cwd=HOME, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "now\n"
    started = time.monotonic()
    done = bool(select.select([process.stdout], [], [], chance.uniform(0, longest))[0])
    took = time.monotonic() - started
    process.kill()
    process.communicate()
    figure.kills += 1
    figure.in_time += not done
    _judge(url, figure)
    return took if done else 0.0


def _judge(url: str, figure: Figure) -> None:
    engine = sa.create_engine(parsed(url))
    with engine.connect() as connection:
        at = migration.revision(connection)
        tables = backup.tables_of(connection)
        whole = at == migration.history()[-1] and not compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    figure.new += whole
    figure.old += at is None and not tables
    figure.between += not whole and not (at is None and not tables)
    database = Database(url, EachOwesOne())
    database.migrate()
    figure.stuck += database.revisions()[0] != migration.history()[-1]
    database.close()


def on_sqlite(kills: int, *, seed: int = 1) -> Figure:
    with tempfile.TemporaryDirectory(prefix="muster-migrations-") as folder:
        return _measured((nullcontext(f"sqlite:///{folder}/{nth}.db") for nth in range(kills)), seed)


def on_postgres(kills: int, server: str, *, seed: int = 1) -> Figure:
    return _measured((postgres_database(server) for _ in range(kills)), seed)


def _measured(blanks: Iterable[AbstractContextManager[str]], seed: int) -> Figure:
    """The kills fall anywhere in the time that a migration takes, which is found out on the way."""
    chance, figure, longest = random.Random(seed), Figure(), 0.5
    for blank in blanks:
        with blank as url:
            took = once(url, chance, longest, figure)
        longest = took * 1.2 or longest * 1.2
    return figure


if __name__ == "__main__":
    kills = 100 if "--full" in sys.argv else 5
    with postgres.server() as server:
        figures = {"sqlite": on_sqlite(kills), "postgresql": on_postgres(kills, server)}
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in figures.values()))

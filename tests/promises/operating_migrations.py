"""A migration that is killed has happened whole or not at all, and the next one mends nothing because nothing is broken.

python -m tests.promises.operating_migrations [--full]
"""

import random
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

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
            f"{self.kills} kills, {self.in_time} of them before it had said it was done: {self.old} old, {self.new} new,"
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


def measured(kills: int, *, seed: int = 1) -> dict[str, Figure]:
    chance, figures = random.Random(seed), {"sqlite": Figure(), "postgresql": Figure()}
    with tempfile.TemporaryDirectory(prefix="muster-migrations-") as folder, postgres.server() as server:
        longest = {"sqlite": 0.5, "postgresql": 0.5}  # seconds; made longer until some are let be
        for nth in range(kills):
            took = once(f"sqlite:///{Path(folder) / f'{nth}.db'}", chance, longest["sqlite"], figures["sqlite"])
            longest["sqlite"] = took * 1.2 or longest["sqlite"] * 1.2
            with postgres_database(server) as url:
                took = once(url, chance, longest["postgresql"], figures["postgresql"])
                longest["postgresql"] = took * 1.2 or longest["postgresql"] * 1.2
    return figures


if __name__ == "__main__":
    found = measured(100 if "--full" in sys.argv else 5)
    for name, figure in found.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in found.values()))

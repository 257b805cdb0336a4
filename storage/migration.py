"""The schema brought up to date by Alembic, whose scripts are found where the `migrations` package is installed."""

import threading
from functools import cache
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.connected import MIGRATIONS
from storage.impatient import unhurried

ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it is doing in module globals


def migrate(engine: sa.Engine) -> None:
    """To head, in one transaction; a newer schema is left as it is. On Postgres replicas that start together wait for
    one another."""
    with engine.begin() as connection, unhurried(connection):
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATIONS)))
        if shortcoming(revision(connection)):
            upgrade(connection, "head")


def upgrade(connection: sa.Connection, to: str) -> None:
    """Within the caller's transaction."""
    with ONE_AT_A_TIME:
        command.upgrade(configuration(connection), to)


def revisions(engine: sa.Engine) -> tuple[str | None, str]:
    """The revision the schema is at, None without any, and the one this code needs."""
    with engine.connect() as connection:
        return revision(connection), history()[-1]


def revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def history() -> tuple[str, ...]:
    """Every revision this code knows, the oldest first."""
    known = [one.revision for one in ScriptDirectory(str(files("migrations"))).walk_revisions()]
    return tuple(reversed(known))


def shortcoming(found: str | None) -> str | None:
    """Why a schema at this revision does not serve this code. A newer one does: the next version's replicas may have
    migrated already."""
    if found is None:
        return "The database holds no schema of Muster yet: run `muster migrate`"
    if found in history()[:-1]:
        return f"The schema is at {found}, this Muster needs {history()[-1]}: run `muster migrate`"
    return None


def configuration(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

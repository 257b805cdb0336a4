"""The schema brought up to date by Alembic, whose scripts are found where the `migrations` package is installed."""

import threading
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.connected import MIGRATIONS

ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it is doing in module globals


def migrate(engine: sa.Engine) -> None:
    """To head, in one transaction. On Postgres replicas that start together wait for one another."""
    with ONE_AT_A_TIME, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATIONS)))
        command.upgrade(configuration(connection), "head")


def revisions(engine: sa.Engine) -> tuple[str | None, str | None]:
    """The revision the schema is at, None without any, and the one this code needs."""
    with engine.connect() as connection:
        wanted = ScriptDirectory.from_config(configuration(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision(), wanted


def configuration(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

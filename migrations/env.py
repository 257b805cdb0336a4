"""Run by Alembic: over the connection the bot hands in, or over the one `alembic -x url=… COMMAND` names."""

import sqlalchemy as sa
from alembic import context

from storage.schema import metadata


def run(connection: sa.Connection) -> None:
    # SQLite can undo DDL too, now that sqlite3 no longer commits behind our back: a revision is applied whole or not.
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


def run_from_command_line() -> None:
    with sa.create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as connection:
        run(connection)


given: sa.Connection | None = context.config.attributes.get("connection")
if given is None:
    run_from_command_line()
else:
    run(given)

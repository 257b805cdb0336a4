"""A database opened by a subcommand, though a Muster may be running on it."""

from bot.domain.errors import Refused
from storage import Database


def opened(database: Database) -> bool:
    """Migrated, and open for writing. False: beside a running Muster on SQLite, where small writes wait for its own."""
    try:
        database.migrate()
        database.open()
    except Refused:
        database.require_schema()
        database.open(beside=True)
        return False
    return True

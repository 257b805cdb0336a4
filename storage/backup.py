"""Backups: one state of the whole database to a file and back, beside whoever writes, between SQLite and Postgres.

Rows are read and written as the schema of their time has them, so an older backup is restored and then migrated.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.domain.errors import Refused
from storage import archive, migration
from storage.archive import Archive, Manifest
from storage.catalogue import KEEP_FACT
from storage.connected import MIGRATIONS, stamp
from storage.impatient import unhurried
from storage.schema import metadata

BATCH = 1000  # rows in memory
RESTORED = "restored"
"""The fact that says from when a restored ledger is: {"made_at": …, "restored_at": …}."""


def backup(engine: sa.Engine, target: Path, *, force: bool = False) -> Manifest:
    """`engine` reads one unchanging state per transaction, so nothing is locked and nothing is torn.
    `force`: a file that is there already is replaced."""
    with archive.writing(target) as writer, engine.connect() as connection:
        made_at, schema = stamp(datetime.now(UTC)), migration.revision(connection)
        if schema not in migration.history():
            raise Refused(f"The schema is at {schema}, which this Muster does not know: use the one that made it")
        for table in tables_of(connection):
            rows = connection.execution_options(yield_per=BATCH).execute(_in_order(table))
            writer.add(table.name, [column.name for column in table.c], rows)
        manifest = Manifest(made_at, connection.dialect.name, schema, writer.tables)
        archive.put_in_place(writer.bind(manifest), target, force=force)
    return manifest


def restore(engine: sa.Engine, source: Path, *, force: bool) -> Manifest:
    """In one transaction: the whole backup, or nothing. What was there is dropped, which needs `force` unless that
    was an empty ledger."""
    with archive.reading(source) as found, engine.begin() as connection, unhurried(connection):
        if found.manifest.schema not in migration.history():
            raise Refused(f"{source} was made by a newer Muster (schema {found.manifest.schema}): upgrade first")
        _be_alone(connection)
        if not force and (held := _held(connection)):
            raise Refused(f"The database holds {held} timelines already: --force replaces them, back them up first")
        _clear(connection)
        migration.upgrade(connection, found.manifest.schema)
        _load(connection, found)
        migration.upgrade(connection, "head")
        _remember(connection, found.manifest)
    return found.manifest


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """Ours, as they are in this database, each after those it refers to."""
    there = sa.MetaData()
    names = set(sa.inspect(connection).get_table_names()) & set(metadata.tables)
    there.reflect(connection, only=sorted(names))
    return [table for table in there.sorted_tables if table.name in names]


def _in_order(table: sa.Table) -> sa.Select[Any]:
    return sa.select(*table.c).order_by(*table.primary_key.columns)


def _be_alone(connection: sa.Connection) -> None:
    """On SQLite the lock file sees to it. A replica that works on meanwhile would undo what is restored."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATIONS)))
    if others := connection.scalar(OTHERS):
        raise Refused(f"{others} connections of a running Muster are open to this database: stop every replica first")


def _held(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table("chains"):
        return 0
    return connection.scalar(sa.text("SELECT count(*) FROM chains")) or 0


def _clear(connection: sa.Connection) -> None:
    for table in reversed(tables_of(connection)):
        table.drop(connection)
    connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    if connection.dialect.name == "postgresql":
        for name in connection.scalars(LEFT_BEHIND).all():
            connection.exec_driver_sql(f"DROP FUNCTION {name}")


def _load(connection: sa.Connection, found: Archive) -> None:
    tables = tables_of(connection)
    if unknown := found.manifest.tables.keys() - {table.name for table in tables}:
        raise ValueError(f"no schema has {', '.join(sorted(unknown))}")
    for table in tables:
        if about := found.manifest.tables.get(table.name):
            insert = table.insert()
            for rows in _batches(dict(zip(about.columns, row, strict=True)) for row in found.rows(table.name)):
                connection.execute(insert, rows)
            _count_on(connection, table)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Let Postgres' sequences go on after the ids that were restored; SQLite looks for itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    sequence = connection.scalar(SEQUENCE, {"of": table.name, "at": column.name})
    last = connection.scalar(sa.select(sa.func.max(column)))
    if sequence and last:
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _remember(connection: sa.Connection, manifest: Manifest) -> None:
    value = json.dumps({"made_at": manifest.made_at, "restored_at": stamp(datetime.now(UTC))})
    connection.execute(KEEP_FACT[connection.dialect.name], {"name": RESTORED, "value": value})


OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'muster%'"
    " AND pid <> pg_backend_pid()"
)
LEFT_BEHIND = sa.text(  # what a trigger of a dropped table called, and nothing else calls
    "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace"
    " AND p.prorettype = 'trigger'::regtype AND p.proowner = current_user::regrole"
    " AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)
SEQUENCE = sa.text("SELECT pg_get_serial_sequence(:of, :at)")

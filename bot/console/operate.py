"""What an operator does to the ledger as a whole: migrate, back up, restore, replay. Each returns the exit code."""

import asyncio
import functools
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from bot.config import Config
from bot.console.beside import opened
from bot.domain.errors import Misuse, Refused
from bot.domain.reactions import Reactions
from bot.keyring import vault
from bot.receiving.intake import Intake
from bot.receiving.reader import BATCH, read
from bot.roster import Roster
from storage import Database, Delivery, Transaction

READ_WITHIN = 30.0  # seconds that a running Muster has to read what is given back to it
LOOK_EVERY = 0.1  # seconds


async def migrate(config: Config) -> int:
    """A running Muster has migrated when it started; only one that is older than this code stands in the way."""
    database = _database(config)
    try:
        database.migrate()
    except Refused as refusal:
        found, wanted = database.revisions()
        if found != wanted:
            raise Refused(f"The schema is at {found} and shall be at {wanted}, but a Muster uses this SQLite database:"
                          " stop it, then migrate.") from refusal  # fmt: skip
    finally:
        database.close()
    click.echo("The schema is up to date.")
    return 0


async def backup(config: Config, target: Path, *, force: bool = False) -> int:
    """Beside a running Muster, on either database."""
    database, started = _database(config), time.monotonic()
    try:
        database.require_schema()
        made = await asyncio.to_thread(
            lambda: database.backup(target, force=force, spared=config.files(database.place))
        )
    finally:
        database.close()
    rows, took = sum(table.rows for table in made.tables.values()), time.monotonic() - started
    size = (await asyncio.to_thread(target.stat)).st_size / 1e6
    click.echo(f"{target}: {rows} rows of schema {made.schema} as of {made.made_at}, {size:.1f} MB in {took:.1f} s.")
    return 0


async def restore(config: Config, source: Path, *, force: bool) -> int:
    """Whole or not at all, and then proved."""
    database = _database(config)
    try:
        made = await asyncio.to_thread(lambda: database.restore(source, force=force))
    finally:
        database.close()
    rows = sum(table.rows for table in made.tables.values())
    click.echo(f"{rows} rows as of {made.made_at} are back, from {made.database} to {database.dialect}.")
    return 0


async def replay(config: Config, name: str | None) -> int:
    """Read again what could not be understood. Beside a running Muster on SQLite, which alone may write at length, it
    is given back and that one reads it, with the code it runs."""
    database = _database(config)
    try:
        if not opened(database):
            again = await _given_back(database, name)
        else:
            opener = functools.cache(lambda: vault(config, database.place))
            intake = Intake(Roster(config.sources(), opener, config.service_keys()), opener)
            again = await read_all_again(database, name, intake)
    finally:
        database.close()
    click.echo(f"{again[0]} read, {again[1]} still not understood.")
    return 0 if not again[1] else 1


async def _given_back(database: Database, name: str | None) -> tuple[int, int]:
    def give_back(tx: Transaction) -> set[int]:
        chosen = {delivery.id for delivery in _chosen(tx, name)}
        for each in chosen:
            tx.unread_again(each)
        return chosen

    def state(tx: Transaction) -> tuple[int, int]:
        states = [found.state for each in chosen if (found := tx.delivery_with_id(each))]
        return states.count("kept"), states.count("not understood")

    chosen = await database.write(give_back)
    deadline = time.monotonic() + READ_WITHIN
    while (found := await database.read(state))[0]:
        if time.monotonic() > deadline:
            raise Refused(f"{found[0]} deliveries were given back and nobody has read them yet: does that Muster live?")
        await asyncio.sleep(LOOK_EVERY)
    return len(chosen) - found[1], found[1]


async def read_all_again(database: Database, name: str | None, intake: Intake | None = None) -> tuple[int, int]:
    """A few at a time: on Postgres the readers of other replicas wait for each time."""
    chosen = [one.id for one in await database.read(lambda tx: _chosen(tx, name))]
    for start in range(0, len(chosen), BATCH):
        await database.write(partial(_read_again, ids=chosen[start : start + BATCH], intake=intake))
    left = {one.id for one in await database.read(lambda tx: tx.not_understood())}
    still = len(left.intersection(chosen))
    return len(chosen) - still, still


def _read_again(tx: Transaction, *, ids: Sequence[int], intake: Intake | None) -> None:
    tx.take_several()
    with tx.jobs_last():
        for one in ids:
            delivery = tx.delivery_with_id(one)
            if delivery and delivery.state == "not understood":
                read(tx, delivery, intake)


def _chosen(tx: Transaction, name: str | None) -> list[Delivery]:
    chosen = [delivery for delivery in tx.not_understood() if name in (None, delivery.key, str(delivery.id))]
    if name and not chosen:
        raise Misuse(f"No delivery {name} waits to be understood.")
    return chosen


def _database(config: Config) -> Database:
    return Database(config.database_url, Reactions(config.routing()))

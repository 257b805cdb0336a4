"""`muster sources …`: what an operator asks about sources and decides of them. Each returns the exit code."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import click

from bot.config import Config
from bot.console.beside import opened
from bot.domain.errors import Misuse
from bot.domain.people import Actor
from bot.domain.reactions import Reactions
from bot.effects.previews import preview
from bot.effects.sources import ANSWERS, Asked
from bot.roster import Roster
from bot.sources import ADAPTERS, Received, Setup
from storage import Database

HEADERS = {"content-type": "application/json"}
YOURS = "https://muster.example.com"
PLACEHOLDERS = {
    YOURS: "the address at which that system reaches Muster: set MUSTER_PUBLIC_URL, and it stands here",
    Setup.secret: "the secret that is written in muster.yaml, or that `connect` showed",
}


async def answer(config: Config, what: str, name: str, delivery: str, *, by: str) -> int:
    """Beside a running Muster, too, which then reads what is to be read again."""
    asked = Asked(Actor("system", by, by), f"cli:{uuid4().hex}", "cli", name, delivery)
    roster = Roster(config.sources())
    async with _writing(config) as database:
        lines = await database.write(lambda tx: list(ANSWERS[what](tx, roster, asked)))
    for line in lines:
        click.echo(line)
    return 0


async def preview_body(config: Config, name: str, body: bytes) -> int:
    """What a body that was never sent would become."""
    source = Roster(config.sources()).needed(name, None)
    for line in preview(source, Received(body, HEADERS, datetime.now(UTC))):
        click.echo(line)
    return 0


async def setup(config: Config, name: str, adapter: str | None) -> int:
    """The text to paste into the other system."""
    chosen = adapter or await _adapter_of(config, name)
    if chosen not in ADAPTERS:
        raise Misuse(f"There is no adapter {chosen}; there are {', '.join(sorted(ADAPTERS))}.")
    approvals = any(one.approvals for one in config.sources() if one.name == name)
    told = Setup(name, (config.public_url or YOURS).rstrip("/"), approvals=approvals)
    text = ADAPTERS[chosen].setup(told)
    click.echo(text)
    for word, meaning in PLACEHOLDERS.items():
        if word in text:
            click.echo(f"{word} stands for {meaning}.", err=True)
    return 0


async def lint(adapter: str, text: str) -> int:
    """1 when something is wrong with a file that an operator wrote for the other system."""
    chosen = ADAPTERS.get(adapter)
    if chosen is None or chosen.lint is None:
        able = ", ".join(sorted(name for name, one in ADAPTERS.items() if one.lint))
        raise Misuse(f"Nothing is known of files for {adapter}; for {able} there is.")
    complaints = chosen.lint(text)
    for complaint in complaints:
        click.echo(complaint)
    if not complaints:
        click.echo("Nothing is wrong with it.")
    return 1 if complaints else 0


async def _adapter_of(config: Config, name: str) -> str:
    async with _writing(config) as database:
        state = await database.read(lambda tx: tx.source_state(name))
    return Roster(config.sources()).needed(name, state).adapter.name


@contextlib.asynccontextmanager
async def _writing(config: Config) -> AsyncIterator[Database]:
    database = Database(config.database_url, Reactions(config.routing()))
    try:
        opened(database)
        yield database
    finally:
        database.close()

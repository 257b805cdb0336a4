"""What each subcommand does. Each returns the exit code."""

import asyncio
import contextlib
import gc
import json
import logging
import re
import signal
from collections.abc import Iterator

import click

from bot.app import Bot
from bot.config import Config
from bot.console import demo as demonstration
from bot.console import play as story
from bot.console.export import FORMATS, SOURCE, as_json, name_of
from bot.doctor import examine
from bot.domain.errors import Misuse
from bot.domain.incident import Incident, Reference
from bot.domain.reactions import Reactions
from bot.proof.export import proof_of
from bot.simulator import Simulator
from bot.slack.manifest import manifest as slack_manifest
from storage import Database, Transaction

__all__ = [
    "FORMATS", "demo", "doctor", "manifest", "play", "serve", "simulator", "timeline",
]  # fmt: skip

log = logging.getLogger(__name__)

EXAMPLE = "https://muster.example.com"
STOPS_WITHIN = 9.5  # seconds; whoever supervises us may kill after ten


async def demo(port: int) -> int:
    async with demonstration.stage(port=port) as stage:
        click.echo(f"Muster is at {stage.simulator.url} (Ctrl-C ends it)")
        await _until_stopped()
    return 0


async def play() -> int:
    async with demonstration.stage() as stage:
        return await story.play(stage, say=click.echo)


async def serve(config: Config, host: str, port: int, inherited: int | None = None) -> int:
    """Until SIGTERM or SIGINT. A stop that hangs is cut short: what was confirmed is on disk, and leases end."""
    _warn(config)
    bot = Bot(config)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, bot.finish)
    async with bot.running(host, port, inherited):
        gc.freeze()  # what the imports left lives for ever: looking through it again and again costs 80 ms each time
        click.echo(f"Muster listens at {bot.url}", err=True)
        try:
            await bot.wait()
        finally:
            signal.setitimer(signal.ITIMER_REAL, STOPS_WITHIN)  # SIGALRM, which nobody handles, ends the process
    return 0


def _warn(config: Config) -> None:
    shut = config.shut()
    for sentence in shut:
        log.error("%s", sentence)
    for name, meant in config.misspelt:
        log.warning("%s is set, which nobody reads: is %s meant?", name, meant)
    if shut:
        log.warning("`muster doctor` checks every setting, and says where to find what is missing.")


async def simulator(host: str, port: int, bot_url: str) -> int:
    async with contextlib.AsyncExitStack() as stack:
        pretended = Simulator(bot_url=bot_url)
        await pretended.start(host, port)
        stack.push_async_callback(pretended.stop)
        click.echo(f"Slack and PagerDuty, pretended, are at {pretended.url}. A bot at {bot_url} needs:")
        for name, value in demonstration.environment(pretended).items():
            click.echo(f"export {name}={value}")
        await _until_stopped()
    return 0


async def timeline(config: Config, name: str, style: str) -> int:
    with reading(config) as database:
        subject = await database.read(lambda tx: service_named(tx, name) or named(tx, name))
        entries = await database.read(lambda tx: tx.timeline(name_of(subject)))
        last = await database.read(lambda tx: (tx.last_checkpoint(), tx.sealed_leaves()))
    if style == "json":
        proof = proof_of(last[0], last[1], name_of(subject)) if last[0] else None
        click.echo(as_json(subject, entries, proof), nl=False)
    else:
        click.echo(FORMATS[style](subject, entries), nl=False)
    return 0


async def manifest(config: Config, url: str | None, *, socket: bool) -> int:
    """Without `url` or `socket`: for the way that the configuration goes. Slack takes none without either."""
    if url and socket:
        raise Misuse("With --socket Slack calls no address: leave --url out, or --socket.")
    socket = socket or (not url and bool(config.slack_app_token))
    address = None if socket else reached_at(url, config.public_url)
    click.echo(json.dumps(slack_manifest(address, socket=socket, further=config.choices.commands), indent=2))
    return 0


def reached_at(url: str | None, public_url: str | None) -> str:
    """Where Slack is to call us. Misuse when nobody says, or when Slack would not take it."""
    found, named_by = (url, "--url") if url else (public_url, "MUSTER_PUBLIC_URL")
    if not found:
        raise Misuse(f"Say where Slack reaches Muster, with --url {EXAMPLE} or MUSTER_PUBLIC_URL; or use --socket.")
    if not re.fullmatch(r"https://[^\s/?#@]+(/[^\s?#]*)?", found):
        raise Misuse(f"{named_by} is no address that Slack calls: those look like {EXAMPLE}.")
    return found


async def doctor(config: Config) -> int:
    findings = await examine(config)
    for finding in findings:
        click.echo(str(finding))
    return 0 if all(finding.is_well for finding in findings) else 1


def named(tx: Transaction, name: str) -> Incident:
    """INC-42, 42, or PagerDuty's id."""
    match = re.fullmatch(r"(?:INC-)?([0-9]{1,9})", name, re.IGNORECASE)
    found = tx.incident(int(match[1])) if match else tx.incident_by_pagerduty_id(name)
    if found is None:
        raise Misuse(f"There is no incident {name} in this database.")
    return found


def service_named(tx: Transaction, name: str) -> Reference | None:
    """service:PSERV1D, service:Checkout or source:NAME; None for what is no name of such a timeline."""
    kind, _, wanted = name.partition(":")
    if kind.lower() not in {"service", "source"}:
        return None
    is_source = kind.lower() == "source"
    found = Reference(SOURCE + wanted, wanted) if is_source else tx.service(wanted) or Reference(wanted, wanted)
    if not tx.entries(name_of(found)):
        raise Misuse(f"There is no timeline of a {kind.lower()} {wanted} in this database.")
    return found


@contextlib.contextmanager
def reading(config: Config) -> Iterator[Database]:
    """Beside a running Muster, even on SQLite; Misuse when there is nothing to read yet."""
    database = Database(config.database_url, Reactions(config.routing()))
    try:
        database.require_schema()
    except BaseException:
        database.close()
        raise
    database.open(read_only=True)
    try:
        yield database
    finally:
        database.close()


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    await stopped.wait()

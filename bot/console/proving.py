"""The subcommands about proof: verify, redact, key. Each returns the exit code."""

import sys
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from bot.config import Config, beside
from bot.console.cli import named, reading, service_named
from bot.console.export import name_of
from bot.console.in_pagerduty import shown_in_pagerduty
from bot.console.in_slack import shown_in_slack
from bot.console.stated import held_against
from bot.console.verification import Result, notes, verified
from bot.domain.chain import redaction_key
from bot.domain.errors import Misuse
from bot.domain.events.redactions import EntryRedacted, RedactedElsewhere
from bot.domain.incident import Incident
from bot.domain.people import Actor
from bot.domain.reactions import Reactions
from bot.proof.export import proved, read
from bot.proof.keys import Keys, rotated
from bot.proof.record import Record, Trouble
from commands.redact import redactable
from storage import Database, Transaction, auditing

ONLINE = {"slack": shown_in_slack, "pagerduty": shown_in_pagerduty}
LINE_AWAY = "\x1b[1A\x1b[2K\r"  # a line up, where the bar stood, and erase it


async def verify(
    config: Config, name: str | None, trusted: Set[str] = frozenset(), *, online: bool = False, outside: bool = True
) -> int:
    """`outside`: hold it against the anchor file, which a backup that was just restored need not agree with."""
    if name:
        with reading(config) as database:
            return await _one(database, name)
    with auditing() as auditors, reading(config) as database:
        keys = trusted or _public_keys(config, database)
        anchor = config.anchors(database.place).file if outside else None
        total = await database.read(lambda tx: sum(part.entries for part in tx.parts()))
        with _progress(total) as proved_more:
            result = await verified(database, auditors, anchor, keys, proved_more)
        if online and result.record and not result.trouble:
            result = await _looked_at_online(config, database, result, result.record)
        told = await database.read(lambda tx: notes(tx, result))
    if result.trouble:
        click.echo(f"BROKEN: {result.trouble}")
        return 1
    click.echo("\n".join(told))
    return 0


async def _looked_at_online(config: Config, database: Database, result: Result, record: Record) -> Result:
    """Held against each anchor that can be asked."""
    chosen = [name for name in config.anchors(database.place).chosen if name in ONLINE]
    if not chosen:
        raise Misuse("No anchor can be asked: name a Slack channel, or PagerDuty, under `anchors:` in muster.yaml.")
    for name in chosen:
        if result.trouble:
            break
        shown = await ONLINE[name](config, database)
        result = result.looked_at(name, *await held_against(shown, database, record))
    return result


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, of which nothing is left at the end."""
    is_terminal = sys.stderr.isatty()
    try:
        with click.progressbar(length=total, label="Proving", file=sys.stderr, hidden=not is_terminal) as bar:
            yield bar.update
    finally:
        click.echo(LINE_AWAY if is_terminal else "", file=sys.stderr, nl=False)


async def _one(database: Database, name: str) -> int:
    incident = await database.read(lambda tx: named(tx, name))
    verdict = await database.read(lambda tx: tx.verify(incident.name))
    if not verdict.is_whole:
        click.echo(f"BROKEN: {Trouble(incident.name, verdict.broken_seq or 1, verdict.complaint or '')}")
        return 1
    click.echo(f"{verdict.entries} entries in {incident.name}: the chain is whole. All of `verify` checks the anchors.")
    return 0


async def verify_export(text: bytes, trusted: Set[str]) -> int:
    """Needs no database, no configuration and no network."""
    finding = proved(read(text), trusted)
    if finding.complaint:
        click.echo(f"BROKEN: entry {finding.broken_seq}: {finding.complaint}")
        return 1
    click.echo(f"{finding.entries} entries: the chain is whole.")
    if finding.checkpoint is None:
        click.echo("No checkpoint comes with it, so nothing shows that it was not made up.")
    else:
        at, key = finding.checkpoint.at, finding.checkpoint.key
        click.echo(f"The first {finding.sealed} stand in checkpoint {finding.checkpoint.number} of {at}.")
        click.echo(f"Signed by {key}." if trusted else f"Signed by {key}: compare that with what you know.")
    return 0


async def redact(config: Config, name: str, seq: int, reason: str, *, by: str) -> int:
    """Beside a running Muster, which blanks its line in the room within a second."""
    actor = Actor("system", f"cli:{by}", f"{by} (command line)")

    def take_away(tx: Transaction) -> list[int]:
        subject = service_named(tx, name) or named(tx, name)
        entry = redactable(tx, name_of(subject), seq)
        told: dict[str, Any] = {
            "at": datetime.now(UTC), "by": actor, "key": redaction_key(entry.stream, seq), "origin": "cli", "seq": seq,
            "entry_kind": entry.kind, "entry_key": entry.key, "entry_at": entry.recorded_at, "reason": reason,
        }  # fmt: skip
        if isinstance(subject, Incident):
            return tx.redact(entry, EntryRedacted(subject=subject.subject, **told))[1]
        return tx.redact_elsewhere(entry, RedactedElsewhere(service_id=entry.stream, **told))

    with _writing(config) as database:
        others = await database.write(take_away)
    click.echo(f"Entry {seq} is redacted.")
    if others:
        click.echo(f"The same words stand in: {', '.join(map(str, others))}.")
    return 0


async def key(config: Config, *, rotate: bool) -> int:
    database = Database(config.database_url, Reactions(config.routing()))
    path = beside(database.place, "signing-key")
    if rotate:
        if config.signing_key:
            raise Misuse("MUSTER_SIGNING_KEY is set: put a new key before the old one there, with a comma between.")
        rotated(path)
    keys = Keys.read(config.signing_key) if config.signing_key else Keys.at(path)
    for public in keys.private:
        click.echo(f"{public}  {'signs' if public == keys.current else 'signed before'}")
    return 0


def _public_keys(config: Config, database: Database) -> Set[str]:
    """Those of the private keys we have; none when there is no key here, which is no reason to make one."""
    path = beside(database.place, "signing-key")
    if not (config.signing_key or path.exists()):
        return frozenset()
    keys = Keys.read(config.signing_key) if config.signing_key else Keys.at(path)
    return frozenset(keys.private)


@contextmanager
def _writing(config: Config) -> Iterator[Database]:
    database = Database(config.database_url, Reactions(config.routing()))
    database.open(beside=True)
    try:
        yield database
    finally:
        database.close()

"""Checkpoints written down where the database's owner cannot take them back. Each anchor takes the newest there is."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.checkpoint import Signed
from bot.domain.errors import Refused
from bot.domain.job import Claim
from bot.effects.announcement import channel_named
from bot.effects.furnishing import writer
from bot.effects.messages import post_once
from bot.effects.world import Facts, World
from bot.proof import file, syslog
from bot.slack.views import checkpoints as words
from storage import Transaction

PAGERDUTY_AFTER = 20
"""Entries since its last note: the note itself comes back as news, and must not be news enough for another."""


async def anchor_in_file(world: World, claim: Claim) -> Facts:
    """Appends whatever the file lacks; a repeat finds it there. With replicas each keeps a file of its own, whole."""
    path, newest = world.anchors.file, await _newest(world)
    if path and newest:
        last, torn = await asyncio.to_thread(file.last, path)
        known = last.number if last else 0
        missing = await world.database.read(lambda tx: tx.checkpoints(after=known, upto=newest.number))
        await asyncio.to_thread(_extend, path, last, missing, newest, torn=torn)
        await _anchored(world, "file", newest, file.place(path))
    return []


def _extend(path: Path, last: Signed | None, missing: list[Signed], newest: Signed, *, torn: bool) -> None:
    """Refused when the file and the database tell different stories: somebody has rewritten one of them."""
    if last and not (missing[0].checkpoint.previous == last.hash if missing else file.holds(path, newest)):
        raise Refused(f"{path} has other checkpoints than the database; run `muster verify`")
    if missing:
        file.append(path, missing, torn=torn)


async def anchor_in_slack(world: World, claim: Claim) -> Facts:
    """A reply in the thread of its day; after an attempt of unknown outcome the thread is read first."""
    newest = await _due(world, "slack")
    if world.anchors.slack and newest:
        channel = await channel_named(world, world.anchors.slack)
        day = newest.checkpoint.at[:10]
        parent = await _day(world, channel, day)
        key = f"checkpoint:{newest.number}"
        ts = await post_once(world, claim, channel, words.checkpoint(newest), key=key, thread_ts=parent)
        await _anchored(world, "slack", newest, f"{channel}:{ts}")
    return []


async def _day(world: World, channel: str, day: str) -> str:
    """The message under which the checkpoints of one day stand."""
    name = f"checkpoints:{channel}:{day}"
    ts = await world.database.read(lambda tx: tx.fact(name))
    if ts is None:
        found = await world.slack.posted(channel, name)
        ts = posted = found or await world.slack.post(channel, words.day(day), key=name)
        await world.database.write(lambda tx: tx.keep_fact(name, posted))
    return ts


async def anchor_in_pagerduty(world: World, claim: Claim) -> Facts:
    """A note on the newest incident that moved; after a doubtful attempt its notes are read first."""
    newest = await _due(world, "pagerduty")
    anchored = await world.database.read(lambda tx: tx.anchored_entries("pagerduty"))
    if newest is None or newest.checkpoint.entries < anchored + PAGERDUTY_AFTER:
        return []
    numbers = [int(leaf.stream[4:]) for leaf in newest.changed if leaf.stream.startswith("INC-")]
    incident = await world.database.read(lambda tx: tx.incident(max(numbers))) if numbers else None
    if incident is None or incident.pagerduty_id is None:
        return []
    content = words.sentence(newest)
    notes = await world.pagerduty.notes(incident.pagerduty_id) if claim.doubt else []
    if not any(note.content == content for note in notes):
        await world.pagerduty.annotate(incident.pagerduty_id, content, as_email=await writer(world, incident))
    await _anchored(world, "pagerduty", newest, incident.pagerduty_id)
    return []


async def anchor_in_syslog(world: World, claim: Claim) -> Facts:
    """A repeat logs the same line again, which says the same."""
    newest = await _due(world, "syslog")
    if world.anchors.syslog and newest:
        await asyncio.to_thread(syslog.send, world.anchors.syslog, words.sentence(newest))
        await _anchored(world, "syslog", newest, world.anchors.syslog)
    return []


async def _newest(world: World) -> Signed | None:
    return await world.database.read(lambda tx: tx.last_checkpoint())


async def _due(world: World, anchor: str) -> Signed | None:
    """The newest there is, unless this anchor holds it: whose turn was late took what is newest already."""

    def due(tx: Transaction) -> Signed | None:
        newest = tx.last_checkpoint()
        return newest if newest and newest.checkpoint.number > tx.anchored().get(anchor, 0) else None

    return await world.database.read(due)


async def _anchored(world: World, anchor: str, newest: Signed, place: str) -> None:
    await world.database.write(lambda tx: tx.note_anchored(anchor, newest.number, datetime.now(UTC), place))

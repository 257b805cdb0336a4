"""Everything that can be checked about the timelines: their chains, the checkpoints, and the anchors within reach."""

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.proof import file, record
from bot.proof.record import Record, Trouble
from storage import Auditors, Database, Transaction, Walked

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Result:
    """`trouble`: the first thing that is wrong. `notes`: what else should be known, in sentences."""

    entries: int
    streams: int
    trouble: Trouble | None = None
    notes: list[str] = field(default_factory=list)
    record: Record | None = field(default=None, repr=False)  # asyncio writes out what its main task returned


async def verified(
    database: Database, auditors: Auditors, anchor: Path | None, trusted: Set[str], progress: Progress
) -> Result:
    """May run beside a Muster that writes: what it records meanwhile is left for the next time."""
    parts = await database.read(lambda tx: tx.parts())
    walking = asyncio.to_thread(lambda: [_told(one, progress) for one in database.walk(parts, auditors)])
    walked, (rewritten, known) = await asyncio.gather(walking, _recorded(database, anchor, trusted))
    trouble = await database.read(lambda tx: first_trouble(tx, walked, rewritten))
    streams = len({stream for one in walked for stream in one.ends})
    entries = sum(one.entries for one in walked)
    notes = [] if known is None else await database.read(lambda tx: _notes(tx, known, anchor, entries))
    return Result(entries, streams, trouble, notes, known)


def _told(one: Walked, progress: Progress) -> Walked:
    progress(one.entries)
    return one


async def _recorded(
    database: Database, anchor: Path | None, trusted: Set[str]
) -> tuple[Trouble | None, Record | None]:
    # Muster keeps a checkpoint, then writes it to the file, then notes that: read the other way round, nothing that it
    # does meanwhile looks like a gap.
    written = await database.read(lambda tx: _written(tx, anchor))
    in_file = await asyncio.to_thread(_lines, anchor, written)
    return await database.read(lambda tx: recorded(tx, in_file, written, trusted))


def first_trouble(tx: Transaction, walked: Sequence[Walked], rewritten: Trouble | None) -> Trouble | None:
    """The first thing that is wrong with the timelines. `rewritten`: what the checkpoints say against them."""
    for verdict in tx.broken(walked)[:1]:
        broken = Trouble(verdict.stream, verdict.broken_seq or 1, verdict.complaint or "")
        hashed_anew = verdict.is_linked and rewritten and rewritten.where == broken.where and rewritten.seq < broken.seq
        return rewritten if hashed_anew else broken
    return rewritten


def recorded(
    tx: Transaction, in_file: list[str] | None, written: int, trusted: Set[str]
) -> tuple[Trouble | None, Record | None]:
    """The record of checkpoints, when it is one; and what is wrong with it, or with the timelines it speaks of.

    Of the database's record and the file's the longer sound one is believed, since no one can lengthen it unseen.
    `written`: the newest checkpoint that is known to be in the file.
    """
    lines = tx.checkpoint_lines()
    readings = [record.read(lines, trusted)]
    if in_file is not None and in_file != lines:
        readings.append(record.read(in_file, trusted))
    records = [one for one in readings if isinstance(one, Record)]
    sound = max(records, key=lambda one: len(one.checkpoints), default=None)
    unsound = next((one for one in readings if isinstance(one, Trouble)), None)
    if sound is None:
        return unsound, None
    found = record.against(sound, tx.hash_at) or unsound or record.of_both(lines, in_file, written)
    return found or _seal(tx, sound), sound


def _seal(tx: Transaction, known: Record) -> Trouble | None:
    if {leaf.stream: leaf for leaf in tx.sealed_leaves()} == known.leaves:
        return None
    return Trouble(record.CHECKPOINTS, len(known.checkpoints), "the database notes other ends of the timelines than it")


def _lines(anchor: Path | None, written: int) -> list[str] | None:
    """What the file holds; None when there need be none."""
    return file.lines(anchor) if anchor and (written or anchor.exists()) else None


def _written(tx: Transaction, anchor: Path | None) -> int:
    """The newest checkpoint that was written to this very file."""
    here = file.place(anchor) if anchor else ""
    return max((number for number, place in tx.places("file") if place == here), default=0)


def _notes(tx: Transaction, known: Record, anchor: Path | None, entries: int) -> list[str]:
    if not known.checkpoints:
        return ["No checkpoint has been made yet: whoever owns the database could have rewritten all of it."]
    last, anchored = known.checkpoints[-1], tx.anchored()
    keys = list(dict.fromkeys(one.checkpoint.key for one in known.checkpoints))
    holding = ", ".join(f"{name} up to {number}" for name, number in sorted(anchored.items())) or "nowhere"
    outside = known.checkpoints[max(anchored.values()) - 1] if anchored else None
    since = outside.checkpoint.at if outside else "the beginning"
    young = entries - (outside.checkpoint.entries if outside else 0)
    age = f", {(datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds():.0f} s ago" if outside else ""
    return [
        f"{last.number} checkpoints, signed by {' and then '.join(keys)}.",
        f"Anchored: {holding}.",
        f"A cut-off tail could go unnoticed only among the {max(0, young)} entries recorded since {since}{age}.",
    ]

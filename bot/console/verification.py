"""Everything that can be checked about the timelines: their chains, the checkpoints, and the anchors within reach."""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.checkpoint import Signed
from bot.proof import file, record
from bot.proof.record import Record, Trouble
from storage import Auditors, Database, Transaction, Walked

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Result:
    """`trouble`: the first thing that is wrong. `held_against`: the newest checkpoint in each anchor that was looked
    at."""

    entries: int
    streams: int
    trouble: Trouble | None = None
    held_against: Mapping[str, int] = field(default_factory=dict)
    record: Record | None = field(default=None, repr=False)  # asyncio writes out what its main task returned

    def looked_at(self, anchor: str, newest: int, trouble: Trouble | None = None) -> "Result":
        """With what was found in one more anchor."""
        return replace(self, trouble=self.trouble or trouble, held_against={**self.held_against, anchor: newest})


async def verified(
    database: Database, auditors: Auditors, anchor: Path | None, trusted: Set[str], progress: Progress
) -> Result:
    """May run beside a Muster that writes: what it records meanwhile is left for the next time."""
    parts = await database.read(lambda tx: tx.parts())
    walking = asyncio.to_thread(lambda: [_told(one, progress) for one in database.walk(parts, auditors)])
    walked, (in_file, rewritten, known) = await asyncio.gather(walking, _recorded(database, anchor, trusted))
    trouble = await database.read(lambda tx: first_trouble(tx, walked, rewritten))
    streams = len({stream for one in walked for stream in one.ends})
    entries = sum(one.entries for one in walked)
    return Result(entries, streams, trouble, {} if in_file is None else {"file": in_file}, known)


def _told(one: Walked, progress: Progress) -> Walked:
    progress(one.entries)
    return one


async def _recorded(
    database: Database, anchor: Path | None, trusted: Set[str]
) -> tuple[int | None, Trouble | None, Record | None]:
    """How many the file holds, where there is one, and what `recorded` finds."""
    # Muster keeps a checkpoint, then writes it to the file, then notes that: read the other way round, nothing that it
    # does meanwhile looks like a gap.
    written = await database.read(lambda tx: _written(tx, anchor))
    in_file = await asyncio.to_thread(_lines, anchor, written)
    found = await database.read(lambda tx: recorded(tx, in_file, written, trusted))
    return None if in_file is None else len(in_file), *found


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


def notes(tx: Transaction, result: Result) -> list[str]:
    """What should be known where nothing is wrong, in sentences."""
    told = [f"{result.entries} entries in {result.streams} timelines: every chain is whole."]
    if result.record is None or not result.record.checkpoints:
        return [*told, "No checkpoint has been made yet: whoever owns the database could have rewritten all of it."]
    known, looked_at = result.record.checkpoints, result.held_against
    keys = list(dict.fromkeys(one.checkpoint.key for one in known))
    unseen = {name: number for name, number in tx.anchored().items() if name not in looked_at}
    return [
        *told,
        f"{len(known)} checkpoints, signed by {' and then '.join(keys)}.",
        f"Held against {_listed(looked_at) or 'nothing outside the database'}.",
        *([f"Not looked at: {_listed(unseen)}, as the database says."] if unseen else []),
        _window(known[: max(looked_at.values(), default=0)], result.entries),
    ]


def _listed(anchors: Mapping[str, int]) -> str:
    return ", ".join(f"{name} up to {number}" for name, number in sorted(anchors.items()))


def _window(outside: Sequence[Signed], entries: int) -> str:
    """What no anchor vouches for that was looked at."""
    if not outside:
        return f"A cut-off tail could go unnoticed among all {entries} entries."
    said = outside[-1].checkpoint
    age = (datetime.now(UTC) - datetime.fromisoformat(said.at)).total_seconds()
    young = max(0, entries - said.entries)
    unsure = f"the {young} entries recorded since {said.at}, {age:.0f} s ago"
    return f"A cut-off tail could go unnoticed only among {unsure}."

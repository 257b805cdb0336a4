"""Checkpoints as they are drafted, kept, and known to be anchored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import GENESIS, stamp
from bot.domain.checkpoint import Leaf, Signed
from bot.domain.errors import Refused
from storage.proof import Proof
from storage.schema import anchored, chains, checkpoints, in_both, sealed, timeline


@dataclass(frozen=True)
class Ends:
    """Where every timeline ends, by stream; which of them have grown since `previous`, the last checkpoint."""

    previous: Signed | None
    leaves: Mapping[str, Leaf]
    grown: Sequence[Leaf]


class Checkpoints(Proof):
    def ends(self) -> Ends:
        """Refused when a timeline no longer holds what the last checkpoint saw: that is never signed over.

        Only what came since is walked, so this costs as much as there is news, and one row for each timeline.
        """
        leaves = {row.stream: Leaf(row.stream, row.size, row.head) for row in self._all(ENDS)}
        seen = {row.stream: Leaf(row.stream, row.size, row.head) for row in self._all(SEALED)}
        if lost := seen.keys() - leaves.keys():
            raise Refused(f"the timeline {min(lost)} is gone; run `muster verify`")
        grown = sorted(leaf for stream, leaf in leaves.items() if seen.get(stream) != leaf)
        for leaf in grown:
            self._follows(seen.get(leaf.stream), leaf)
        return Ends(self.last_checkpoint(), leaves, grown)

    def keep_checkpoint(self, signed: Signed) -> bool:
        """False: another replica has kept one of this number already, and nothing was changed."""
        values = {"number": signed.number, "hash": signed.hash, "line": signed.line()}
        if self._first(ONE, number=signed.number) or self._first(KEEP[self._dialect], **values) is None:
            return False
        for leaf in signed.changed:
            self._do(SEAL[self._dialect], stream=leaf.stream, size=leaf.size, head=leaf.head)
        return True

    def last_checkpoint(self) -> Signed | None:
        row = self._first(LAST)
        return Signed.from_line(row.line) if row else None

    def checkpoint(self, number: int) -> Signed | None:
        row = self._first(ONE, number=number)
        return Signed.from_line(row.line) if row else None

    def checkpoint_lines(self, *, after: int = 0) -> list[str]:
        """As in the anchor file, by number; not parsed, since a verifier wants what is there."""
        return [row.line for row in self._all(LINES, number=after)]

    def checkpoints(self, *, after: int = 0, upto: int) -> list[Signed]:
        return [Signed.from_line(line) for line in self.checkpoint_lines(after=after)[: upto - after]]

    def sealed_leaves(self) -> list[Leaf]:
        """Where each timeline ended at the last checkpoint, by stream as the checkpoint sorts them."""
        return sorted(Leaf(row.stream, row.size, row.head) for row in self._all(SEALED))

    def note_anchored(self, anchor: str, number: int, at: datetime, place: str) -> None:
        """The checkpoint of this number, and with it all before, can be read in `place`."""
        self._do(NOTE[self._dialect], anchor=anchor, checkpoint=number, at=stamp(at), place=place)

    def anchored(self) -> dict[str, int]:
        """The newest checkpoint that each anchor holds, as far as we know."""
        return {row.anchor: row.newest for row in self._all(ANCHORED)}

    def anchored_entries(self, anchor: str) -> int:
        """How many entries the newest checkpoint that this anchor holds had seen."""
        newest = self.checkpoint(self.anchored().get(anchor, 0))
        return newest.checkpoint.entries if newest else 0

    def places(self, anchor: str) -> list[tuple[int, str]]:
        """Each checkpoint this anchor took, and where it stands there."""
        return [(row.checkpoint, row.place) for row in self._all(PLACES, anchor=anchor)]

    def hash_at(self, stream: str, seq: int) -> str | None:
        row: Any = self._first(HASH_AT, stream=stream, seq=seq)
        return row.hash if row else None

    def _follows(self, seen: Leaf | None, leaf: Leaf) -> None:
        known = seen or Leaf(leaf.stream, 0, GENESIS)
        verdict, head = self.walk(leaf.stream, after=known.size, head=known.head)
        if leaf.size <= known.size or not verdict.is_whole or (verdict.entries, head) != (leaf.size, leaf.head):
            raise Refused(f"{leaf.stream} does not continue what the last checkpoint saw; run `muster verify`")


KEEP = in_both(lambda insert: insert(checkpoints).on_conflict_do_nothing().returning(checkpoints.c.number))


def _grown(insert: Any) -> sa.Insert:
    row = insert(sealed)
    grown: sa.Insert = row.on_conflict_do_update(
        index_elements=["stream"], set_={"size": row.excluded.size, "head": row.excluded.head}
    )
    return grown


SEAL = in_both(_grown)
NOTE = in_both(lambda insert: insert(anchored).on_conflict_do_nothing())
ENDS = chains.select().where(chains.c.size > 0)
SEALED = sealed.select()
LAST = sa.select(checkpoints.c.line).order_by(checkpoints.c.number.desc()).limit(1)
ONE = sa.select(checkpoints.c.line).where(checkpoints.c.number == sa.bindparam("number"))
LINES = (
    sa.select(checkpoints.c.line).where(checkpoints.c.number > sa.bindparam("number")).order_by(checkpoints.c.number)
)
ANCHORED = sa.select(anchored.c.anchor, sa.func.max(anchored.c.checkpoint).label("newest")).group_by(anchored.c.anchor)
PLACES = (
    sa.select(anchored.c.checkpoint, anchored.c.place)
    .where(anchored.c.anchor == sa.bindparam("anchor"))
    .order_by(anchored.c.checkpoint)
)
HASH_AT = sa.select(timeline.c.hash).where(
    timeline.c.stream == sa.bindparam("stream"), timeline.c.seq == sa.bindparam("seq")
)

"""Every timeline proved at once, fast: entries are read as they lie on disk, in parts that several processes share.

Whatever is not as expected here is only doubtful; the exact walk of its timeline then decides and names the entry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import GENESIS, content_hash, entry_body, link_hash
from storage.checkpoints import Checkpoints
from storage.proof import Verdict
from storage.schema import chains, contents, timeline

AT_ONCE = 20_000
"""Entries in a part, about."""
End = tuple[int, str]
BEGINNING: End = (0, GENESIS)
Hanging = tuple[int, str, str]
"""Place, body and hash of an entry that follows one of another part."""


@dataclass(frozen=True)
class Part:
    """Entries to walk: on SQLite those stored in rows `first` to `last`, on Postgres those of some timelines."""

    entries: int
    first: int = 0
    last: int = 0
    streams: tuple[str, ...] = ()


@dataclass
class Walked:
    """What became of a part: of each timeline its first entry there, None where that is the timeline's first; and where
    it stands after its last. `first`: the part's; parts lie in that order."""

    first: int = 0
    entries: int = 0
    starts: dict[str, Hanging | None] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)


class Audit(Checkpoints):
    def parts(self, size: int = AT_ONCE) -> list[Part]:
        """All entries there are now, about `size` in each."""
        if self._dialect == "sqlite":
            newest = self._connection.scalar(NEWEST_ROW) or 0
            starts = range(1, newest + 1, size)
            return [Part(min(size, newest + 1 - one), one, min(newest, one + size - 1)) for one in starts]
        return list(_gathered(self._all(SIZES), size))

    def walk_part(self, part: Part) -> Walked:
        """What follows an entry of an earlier part is held against that by `broken`."""
        walked = Walked(part.first, part.entries)
        starts, ends = walked.starts, walked.ends
        for stream, seq, body, own_hash, recorded, salt, text, details in self._rows(part):
            end = ends.get(stream)
            if end is None:
                starts[stream] = None if seq == 1 else (seq, body, own_hash)
                end = BEGINNING if seq == 1 else None
            ends[stream] = (seq, own_hash)
            if (
                (end and not _follows(end, seq, body, own_hash))
                or salt is None or text is None or details is None
                or recorded != content_hash(salt, text, details)
            ):  # fmt: skip
                walked.doubtful.add(stream)
        return walked

    def broken(self, parts: Iterable[Walked]) -> list[Verdict]:
        """What of all the parts and of the chains' heads is not as recorded; nothing when all is."""
        ends: dict[str, End] = {}
        doubtful: set[str] = set()
        for walked in sorted(parts, key=lambda one: one.first):
            doubtful |= walked.doubtful
            doubtful |= {stream for stream, start in walked.starts.items() if not _continues(ends.get(stream), start)}
            ends |= walked.ends
        heads = {row.stream: (row.size, row.head) for row in self._all(SIZES)}
        doubtful |= {stream for stream in heads.keys() | ends.keys() if heads.get(stream) != ends.get(stream)}
        verdicts = [self.verify(stream) for stream in sorted(doubtful)]
        return [verdict for verdict in verdicts if not verdict.is_whole] or self._unowned()

    def _rows(self, part: Part) -> Iterable[Sequence[Any]]:
        if part.streams:
            found = self._connection.execute(BY_STREAM, {"streams": part.streams})
            return ((row[0], row[1], entry_body(*row[:9]), row[9], row[8], *row[10:]) for row in found)
        driver: Any = self._connection.connection.driver_connection
        rows: Iterable[Sequence[Any]] = driver.execute(BY_ROW, (part.first, part.last))
        return rows

    def _unowned(self) -> list[Verdict]:
        """Words that no entry covers would be read by nobody, but do not belong there."""
        if self._connection.scalar(ENTRIES) == self._connection.scalar(SAYINGS):
            return []
        rows = self._all(UNOWNED)
        return [Verdict(row.stream, 0, row.seq, "Words stand there that belong to no entry") for row in rows]


def _follows(end: End, seq: int, body: str, own_hash: str) -> bool:
    return seq == end[0] + 1 and own_hash == link_hash(end[1], body)


def _continues(end: End | None, start: Hanging | None) -> bool:
    """Whether a timeline goes on in a part from where earlier parts left it, None: nowhere."""
    if start is None:
        return end is None
    return end is not None and _follows(end, *start)


def _gathered(chains_of: Iterable[Any], size: int) -> Iterator[Part]:
    """Timelines in parts of about `size` entries."""
    streams: list[str] = []
    entries = 0
    for row in chains_of:
        streams, entries = [*streams, row.stream], entries + row.size
        if entries >= size or len(streams) >= 1000:
            yield Part(entries, streams=tuple(streams))
            streams, entries = [], 0
    if streams:
        yield Part(entries, streams=tuple(streams))


NEWEST_ROW = sa.text("SELECT max(rowid) FROM timeline")
# The body as SQLite writes it, a fifth faster than we: its strings are not escaped, so that one which ought to be makes
# its timeline doubtful, and no more. Each label but "kind" stands in an untouched body once, "kind" in the actor too,
# which comes first: equal bodies have equal parts. An entry's words were written right after it, so they lie in the row
# of the same number; if not, doubt it.
BY_ROW = """
SELECT t.stream, t.seq, printf('{"actor":%s,"at":"%s","content_hash":"%s","key":"%s","kind":"%s","origin":"%s",'
       || '"recorded_at":"%s","seq":%d,"stream":"%s"}', t.actor, t.at, t.content_hash, t.key, t.kind, t.origin,
       t.recorded_at, t.seq, t.stream), t.hash, t.content_hash, c.salt, c.text, c.details
FROM timeline t LEFT JOIN contents c ON c.rowid = t.rowid AND c.stream = t.stream AND c.seq = t.seq
WHERE t.rowid BETWEEN ? AND ? ORDER BY t.rowid
"""
_beside = sa.and_(contents.c.stream == timeline.c.stream, contents.c.seq == timeline.c.seq)
BY_STREAM = (
    sa.select(*timeline.c, contents.c.salt, contents.c.text, contents.c.details)
    .join_from(timeline, contents, _beside, isouter=True)
    .where(timeline.c.stream.in_(sa.bindparam("streams", expanding=True)))
    .order_by(timeline.c.stream, timeline.c.seq)
)
SIZES = chains.select().where(chains.c.size > 0).order_by(chains.c.stream)
ENTRIES = sa.select(sa.func.count()).select_from(timeline)
SAYINGS = sa.select(sa.func.count()).select_from(contents)
UNOWNED = (
    sa.select(contents.c.stream, contents.c.seq)
    .join_from(contents, timeline, _beside, isouter=True)
    .where(timeline.c.stream.is_(None))
    .limit(1)
)

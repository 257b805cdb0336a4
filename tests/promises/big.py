"""A large ledger, made quickly: entries hashed here and written in bulk, with a checkpoint for every hundred."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bot.console.verification import Result, verified
from bot.domain.chain import GENESIS, canonical, content_hash, entry_hash, new_salt
from bot.domain.checkpoint import EVERY, Leaf, Signed, drafted
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.proof import file
from storage import Database, auditing
from tests.promises.logs import OURS

STREAMS, IN_A_ROW = 300, 10
RUNS = 5
ACTOR = canonical({"id": "U0ALICE", "kind": "responder", "name": "Alice Andersen"})
AT = "2026-03-01T12:00:00.000000Z"


def verified_per_second(path: Path, entries: int) -> float:
    """Chains, checkpoints and the anchor file, all of them; the median of some runs."""
    anchor = path.with_suffix(".checkpoints")
    database = Database(f"sqlite:///{path}", Reactions(Routing()))
    database.migrate()
    database.close()
    fill(path, anchor, entries)
    return median(_once(database, anchor, entries) for _ in range(RUNS))


def _once(database: Database, anchor: Path, entries: int) -> float:
    """As `muster verify` does it, from the first process it starts."""
    started = time.perf_counter()
    with auditing() as auditors:
        database.open(read_only=True)
        result: Result = asyncio.run(verified(database, auditors, anchor, frozenset(OURS.private), lambda _: None))
        database.close()
    if result.trouble or result.entries != entries:
        raise AssertionError(f"{result.entries} entries, {result.trouble}")
    return entries / (time.perf_counter() - started)


def fill(path: Path, anchor: Path, entries: int) -> None:
    """A migrated, empty SQLite database, with its anchor file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    heads: dict[str, tuple[int, str]] = {}
    rows = list(_rows(entries, heads))
    checkpoints = list(_checkpoints(rows))
    connection.executemany("INSERT INTO chains VALUES (?, ?, ?)", [(name, *end) for name, end in heads.items()])
    connection.executemany(f"INSERT INTO timeline VALUES ({', '.join('?' * 10)})", [row for row, _ in rows])
    connection.executemany("INSERT INTO contents VALUES (?, ?, ?, ?, ?)", [said for _, said in rows])
    lines = [(one.number, one.hash, one.line()) for one in checkpoints]
    connection.executemany("INSERT INTO checkpoints VALUES (?, ?, ?)", lines)
    connection.executemany("INSERT INTO sealed VALUES (?, ?, ?)", [(name, *end) for name, end in heads.items()])
    note = ("file", len(checkpoints), AT, file.place(anchor))
    connection.execute("INSERT INTO anchored (anchor, checkpoint, at, place) VALUES (?, ?, ?, ?)", note)
    connection.commit()
    connection.close()
    file.append(anchor, checkpoints)


def _rows(entries: int, heads: dict[str, tuple[int, str]]) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Incidents that take turns, each some entries at a time."""
    for nth in range(entries):
        stream = f"INC-{1 + nth // IN_A_ROW % STREAMS}"
        size, head = heads.get(stream, (0, GENESIS))
        note = f"the replica is behind, take {nth}"
        said = (new_salt(), f"Alice Andersen noted: {note}", canonical({"note": note}))
        entry = (stream, size + 1, AT, AT, "note.written", ACTOR, "slack.command", f"slack:{nth}:note:0",
                 content_hash(*said))  # fmt: skip
        heads[stream] = (size + 1, entry_hash(head, *entry))
        yield (*entry, heads[stream][1]), (stream, size + 1, *said)


def _checkpoints(rows: list[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> Iterator[Signed]:
    leaves: dict[str, Leaf] = {}
    previous: Signed | None = None
    for start in range(0, len(rows), EVERY):
        news = {row[0]: Leaf(row[0], row[1], row[9]) for row, _ in rows[start : start + EVERY]}
        leaves |= news
        changed = sorted(news.values())
        draft = drafted(previous, leaves, changed, at=AT, key=OURS.current)
        previous = Signed(draft, OURS.sign(draft), tuple(changed))
        yield previous

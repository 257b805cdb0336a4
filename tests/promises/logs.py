"""Timelines with checkpoints and an anchor file, as a Muster that has run for a while leaves them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bot.console.verification import first_trouble, recorded
from bot.domain.chain import redaction_key, stamp
from bot.domain.checkpoint import Signed, drafted
from bot.domain.events.redactions import EntryRedacted
from bot.domain.events.reports import Annotated
from bot.domain.incident import Reference, Subject
from bot.domain.people import Actor
from bot.proof import file
from bot.proof.keys import Keys, new_key
from bot.proof.record import Record, Trouble
from storage import Database, Transaction

ALICE = Actor("responder", "UALICE", "Alice Åkesson")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ("the replica is behind", "restarted pods", "“smart” quotes", 'a "quoted" \\ path', "naïve – ünïcode 🚑", "x")
OURS = Keys.read(new_key())


def noted(tx: Transaction, incident: int, text: str, key: str) -> int:
    """One entry more; its place."""
    at = START + timedelta(seconds=tx.entries(f"INC-{incident}"))
    about = Reference(f"Q{incident}", "Checkout is slow")
    tx.record(Annotated(subject=Subject(pagerduty_id=f"Q{incident}"), at=at, by=ALICE, key=key,
                        origin="pagerduty.webhook", incident=about, note_id=key, content=text))  # fmt: skip
    return tx.entries(f"INC-{incident}")


def redacted(tx: Transaction, incident: int, seq: int) -> None:
    stream = f"INC-{incident}"
    entry = tx.entry(stream, seq)
    assert entry
    tx.redact(entry, EntryRedacted(subject=Subject(number=incident), at=START, by=ALICE, origin="cli", seq=seq,
                                   key=redaction_key(stream, seq), entry_kind=entry.kind, entry_key=entry.key,
                                   entry_at=entry.recorded_at))  # fmt: skip


def signed(tx: Transaction, keys: Keys = OURS) -> Signed:
    """The next checkpoint, as the effect makes and keeps it."""
    ends = tx.ends()
    draft = drafted(ends.previous, ends.leaves, ends.grown, at=stamp(datetime.now(UTC)), key=keys.current)
    made = Signed(draft, keys.sign(draft), tuple(ends.grown))
    assert tx.keep_checkpoint(made)
    return made


def lived(tx: Transaction, random: Random, anchor: Path | None, *, checkpoints: int, most: int) -> int:
    """Writes at random; each time some entries, then a checkpoint that is anchored. A few entries come after the last.
    Returns how many checkpoints the anchor holds."""
    for nth in range(checkpoints + 1):
        for n in range(random.randint(1, most)):
            noted(tx, random.randint(1, 4), f"{random.choice(WORDS)} {random.random()}", f"{nth}:{n}:{random.random()}")
        if nth < checkpoints:
            made = signed(tx)
            if anchor:
                file.append(anchor, [made])
                tx.note_anchored("file", made.number, datetime.now(UTC), file.place(anchor))
        redactable = [seq for seq in range(1, tx.entries("INC-1") + 1) if random.random() < 0.1]
        for seq in redactable:
            entry = tx.entry("INC-1", seq)
            if entry and entry.salt and entry.kind != "entry.redacted":
                redacted(tx, 1, seq)
    return checkpoints


def verdict(tx: Transaction, in_file: list[str] | None, written: int) -> tuple[Trouble | None, Record | None]:
    """What `muster verify` finds, within this transaction, when the parts are small and the last is walked first."""
    walked = [tx.walk_part(part) for part in reversed(tx.parts(size=7))]
    rewritten, known = recorded(tx, in_file, written, frozenset(OURS.private))
    return first_trouble(tx, walked, rewritten), known


class Undone(Exception):
    """Carries a result out of a transaction that must leave no trace."""

    def __init__(self, result: tuple[Trouble | None, str]) -> None:
        super().__init__("undone")
        self.result = result


def without_guards(database: Database, url: sa.URL) -> None:
    """The owner of the database drops every trigger."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if database.dialect == "sqlite":
            names = connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            statements = [f"DROP TRIGGER {name}" for name in names]
        else:
            statements = ["DROP FUNCTION refuse_to_rewrite CASCADE", "DROP FUNCTION refuse_unless_redaction CASCADE"]
            tied = sa.text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'")
            statements += [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in connection.execute(tied)]
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()

"""The ways to lie about a timeline, by somebody who owns the database or the anchor file, but not the key.

Each takes the place of one entry that the last checkpoint has seen, and says which is the first that is not as it was.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import GENESIS, canonical, content_hash, entry_hash
from bot.domain.checkpoint import Signed, drafted
from bot.proof.keys import Keys, new_key
from storage import Transaction

FIELDS = ("stream", "seq", "at", "recorded_at", "kind", "actor", "origin", "key", "content_hash")
STRANGER = Keys.read(new_key())


class Owner:
    """Somebody with the database open, who may write anything."""

    def __init__(self, tx: Transaction, random: Random) -> None:
        self.tx, self.random = tx, random
        self.connection: sa.Connection = tx._connection
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        sealed = random.choice([leaf for leaf in tx.sealed_leaves() if leaf.size >= 3])
        self.stream, self.sealed = sealed.stream, sealed.size
        self.seq = random.randint(1, sealed.size)

    def do(self, statement: str, **values: Any) -> Any:
        return self.connection.execute(sa.text(statement), {"stream": self.stream, "seq": self.seq, **values})

    def entries(self) -> list[dict[str, Any]]:
        found = self.do("SELECT * FROM timeline WHERE stream = :stream ORDER BY seq")
        return [dict(row) for row in found.mappings()]

    def rewrite(self, entries: list[dict[str, Any]]) -> None:
        """The whole timeline anew, every hash right, and the head with it."""
        self.do("DELETE FROM timeline WHERE stream = :stream")
        head = GENESIS
        for seq, entry in enumerate(entries, start=1):
            entry |= {"seq": seq}
            entry["hash"] = head = entry_hash(head, *(entry[name] for name in FIELDS))
            columns = ", ".join([*FIELDS, "hash"])
            places = ", ".join(f":{name}" for name in [*FIELDS, "hash"])
            self.connection.execute(sa.text(f"INSERT INTO timeline ({columns}) VALUES ({places})"), entry)
        self.do("UPDATE chains SET size = :size, head = :head WHERE stream = :stream", size=len(entries), head=head)


def edit_an_entry(it: Owner) -> int:
    column = it.random.choice(["at", "recorded_at", "kind", "actor", "origin", "key", "content_hash", "hash"])
    it.do(f"UPDATE timeline SET {column} = {column} || 'x' WHERE stream = :stream AND seq = :seq")
    return it.seq


def edit_what_it_says(it: Owner) -> int:
    column = it.random.choice(["salt", "text", "details"])
    it.do(f"UPDATE contents SET {column} = coalesce({column}, '') || 'x' WHERE stream = :stream AND seq = :seq")
    return it.seq


def blank_what_it_says(it: Owner) -> int:
    """The redaction nobody put his name to."""
    while it.do("SELECT text FROM contents WHERE stream = :stream AND seq = :seq").scalar() is None:
        it.seq = it.random.randint(1, it.sealed)
    it.do("UPDATE contents SET salt = NULL, text = NULL, details = NULL WHERE stream = :stream AND seq = :seq")
    return it.seq


def delete_an_entry(it: Owner) -> int:
    it.do("DELETE FROM contents WHERE stream = :stream AND seq = :seq")
    if it.random.random() < 0.8:
        it.do("DELETE FROM timeline WHERE stream = :stream AND seq = :seq")
    return it.seq


def delete_and_rehash(it: Owner) -> int:
    entries = it.entries()
    del entries[it.seq - 1]
    it.do("DELETE FROM contents WHERE stream = :stream AND seq = :seq")
    last = len(entries) + 1
    for seq in range(it.seq + 1, last + 1):
        it.do("UPDATE contents SET seq = seq - 1 WHERE stream = :stream AND seq = :at", at=seq)
    it.rewrite(entries)
    return it.seq


def insert_an_entry(it: Owner) -> int:
    """In the midst, with a right hash for itself and for all that follow."""
    entries = it.entries()
    for seq in range(len(entries), it.seq - 1, -1):
        it.do("UPDATE contents SET seq = seq + 1 WHERE stream = :stream AND seq = :at", at=seq)
    said = {"salt": "00" * 16, "text": "Bob did it", "details": "{}"}
    it.do("INSERT INTO contents VALUES (:stream, :seq, :salt, :text, :details)", **said)
    forged = {**entries[it.seq - 1], "key": f"forged {it.random.random()}", "content_hash": content_hash(**said)}
    it.rewrite([*entries[: it.seq - 1], forged, *entries[it.seq - 1 :]])
    return it.seq


def swap_two_entries(it: Owner) -> int:
    table = it.random.choice(["timeline", "contents"])
    first = it.seq = min(it.seq, it.sealed - 1)
    for old, new in ((first, -1), (first + 1, first), (-1, first + 1)):
        it.do(f"UPDATE {table} SET seq = :new WHERE stream = :stream AND seq = :old", old=old, new=new)
    both_blank = "SELECT count(*) FROM contents WHERE stream = :stream AND seq IN (:seq, :seq + 1) AND text IS NULL"
    if table == "contents" and it.do(both_blank).scalar() == 2:
        return edit_an_entry(it)
    return first


def swap_and_rehash(it: Owner) -> int:
    first = it.seq = min(it.seq, it.sealed - 1)
    for old, new in ((first, -1), (first + 1, first), (-1, first + 1)):
        it.do("UPDATE contents SET seq = :new WHERE stream = :stream AND seq = :old", old=old, new=new)
    entries = it.entries()
    entries[first - 1], entries[first] = entries[first], entries[first - 1]
    it.rewrite(entries)
    return first


def cut_the_tail(it: Owner) -> int:
    """And let the head agree."""
    it.do("DELETE FROM contents WHERE stream = :stream AND seq >= :seq")
    it.do("DELETE FROM timeline WHERE stream = :stream AND seq >= :seq")
    kept = it.entries()
    if kept:
        head = {"size": len(kept), "head": kept[-1]["hash"]}
        it.do("UPDATE chains SET size = :size, head = :head WHERE stream = :stream", **head)
    else:
        it.do("DELETE FROM chains WHERE stream = :stream")
    if it.random.random() < 0.5 and kept:  # and Muster's own note of it
        it.do("UPDATE sealed SET size = :size, head = :head WHERE stream = :stream", **head)
    return it.seq


def rewrite_and_rehash(it: Owner) -> int:
    entries = it.entries()
    said = {"salt": "00" * 16, "text": "Alice noted: all is well", "details": canonical({"note": "all is well"})}
    it.do("UPDATE contents SET salt = :salt, text = :text, details = :details WHERE stream = :stream AND seq = :seq",
          **said)  # fmt: skip
    entries[it.seq - 1]["content_hash"] = content_hash(**said)
    it.rewrite(entries)
    return it.seq


def back_date(it: Owner) -> int:
    """An entry, or when it was learned, and every hash after it."""
    entries = it.entries()
    entries[it.seq - 1][it.random.choice(["at", "recorded_at"])] = "2025-12-24T18:00:00.000000Z"
    it.rewrite(entries)
    return it.seq


def change_who_did_it(it: Owner) -> int:
    entries = it.entries()
    entries[it.seq - 1]["actor"] = canonical({"kind": "responder", "id": "UBOB", "name": "Bob"})
    it.rewrite(entries)
    return it.seq


def rewrite_and_sign_with_another_key(it: Owner) -> int:
    """Also the last checkpoint, as well as one can without ours."""
    rewrite_and_rehash(it)
    last = it.tx.last_checkpoint()
    assert last
    before = it.tx.checkpoint(last.number - 1)
    heads = it.do("SELECT seq, hash FROM timeline WHERE stream = :stream AND seq <= :upto", upto=it.sealed)
    head = {row.seq: row.hash for row in heads}[it.sealed]
    leaves = {leaf.stream: leaf for leaf in it.tx.sealed_leaves()}
    leaves[it.stream] = type(last.changed[0])(it.stream, it.sealed, head)
    changed = sorted({leaves[leaf.stream] for leaf in last.changed} | {leaves[it.stream]})
    draft = drafted(before, leaves, changed, at=last.checkpoint.at, key=STRANGER.current)
    forged = Signed(draft, STRANGER.sign(draft), tuple(changed))
    it.do("UPDATE checkpoints SET line = :line, hash = :hash WHERE number = :number",
          line=forged.line(), hash=forged.hash, number=forged.number)  # fmt: skip
    return 0


def drop_checkpoints(it: Owner) -> int:
    number = it.random.randint(1, it.tx.last_checkpoint().number)  # type: ignore[union-attr]
    it.do("DELETE FROM anchored WHERE checkpoint >= :number", number=number)
    it.do("DELETE FROM checkpoints WHERE number >= :number", number=number)
    return 0


def swap_checkpoints(it: Owner) -> int:
    lines = it.tx.checkpoint_lines()
    one, other = it.random.sample(range(1, len(lines) + 1), 2)
    it.do("UPDATE checkpoints SET line = :line WHERE number = :number", line=lines[other - 1], number=one)
    if it.random.random() < 0.5:
        it.do("UPDATE checkpoints SET line = :line WHERE number = :number", line=lines[one - 1], number=other)
    return 0


def edit_a_checkpoint(it: Owner) -> int:
    number = it.random.randint(1, it.tx.last_checkpoint().number)  # type: ignore[union-attr]
    it.do("UPDATE checkpoints SET line = replace(line, '\"at\":\"2026', '\"at\":\"2025') WHERE number = :number",
          number=number)  # fmt: skip
    return 0


BY_SQL: tuple[Callable[[Owner], int], ...] = (
    edit_an_entry, edit_what_it_says, blank_what_it_says, delete_an_entry, delete_and_rehash, insert_an_entry,
    swap_two_entries, swap_and_rehash, cut_the_tail, rewrite_and_rehash, back_date, change_who_did_it,
    rewrite_and_sign_with_another_key, drop_checkpoints, swap_checkpoints, edit_a_checkpoint,
)  # fmt: skip


# In the file, whose bytes these return changed.


def flip_a_byte(text: bytes, random: Random) -> bytes:
    place = random.randrange(len(text))
    return text[:place] + bytes([text[place] ^ (1 << random.randrange(7))]) + text[place + 1 :]


def delete_a_line(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def repeat_a_line(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    return b"".join([*lines, random.choice(lines)])


def swap_two_lines(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    one, other = random.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def cut_the_end(text: bytes, random: Random) -> bytes:
    """Anywhere, but not the last line break alone, which takes nothing away."""
    return text[: random.randrange(len(text) - 1)]


def back_date_a_line(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    chosen = random.randrange(len(lines))
    lines[chosen] = lines[chosen].replace(b'"at":"2026', b'"at":"2025')
    return b"".join(lines)


def sign_the_last_line_anew(text: bytes, random: Random) -> bytes:
    """With another key, and fewer entries."""
    *lines, last = text.decode().splitlines()
    old = Signed.from_line(last)
    before = Signed.from_line(lines[-1])
    leaves = {leaf.stream: leaf for leaf in old.changed}
    draft = drafted(before, leaves, old.changed, at=old.checkpoint.at, key=STRANGER.current)
    return "".join(f"{line}\n" for line in [*lines, Signed(draft, STRANGER.sign(draft), old.changed).line()]).encode()


IN_THE_FILE: tuple[Callable[[bytes, Random], bytes], ...] = (
    flip_a_byte, delete_a_line, repeat_a_line, swap_two_lines, cut_the_end, back_date_a_line, sign_the_last_line_anew,
)  # fmt: skip

"""Why a timeline can be believed: its hash chain, and the walk that checks it.

The canonical form of a value is its JSON with sorted keys, no blanks, everything beyond ASCII escaped, and no floats.

    content_hash = sha256(salt ‖ canonical({"details": …, "text": …}))
    hash         = sha256(previous hash ‖ canonical({"actor": {"id", "kind", "name"}, "at", "content_hash", "key",
                          "kind", "origin", "recorded_at", "seq", "stream"}))

All hashes and salts are lower-case hexadecimal text, concatenated as ASCII; before the first entry stands GENESIS.
Instants are RFC 3339 UTC with microseconds. Actor and details are stored in canonical form, so that checking needs no
parser. A redacted entry has lost salt, text and details; its content_hash goes on proving that something stood there.
"""

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import sqlalchemy as sa

from storage.connected import Connected
from storage.schema import chains, contents, timeline

GENESIS = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """`broken_seq` is the first entry that is not what was recorded, or the first that is missing; None: all is."""

    stream: str
    entries: int
    broken_seq: int | None = None
    complaint: str | None = None


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def new_salt() -> str:
    return secrets.token_hex(16)


def content_hash(salt: str, text: str, details: str) -> str:
    """`details` in canonical form."""
    return sha256(f'{salt}{{"details":{details},"text":{quoted(text)}}}'.encode("ascii")).hexdigest()


def entry_hash(
    previous: str, stream: str, seq: int, at: str, recorded_at: str, kind: str, actor: str, origin: str, key: str,
    content_hash: str,
) -> str:  # fmt: skip
    """`actor` in canonical form. Written out because this runs once for every entry there is."""
    body = (
        f'{{"actor":{actor},"at":{quoted(at)},"content_hash":{quoted(content_hash)},"key":{quoted(key)},'
        f'"kind":{quoted(kind)},"origin":{quoted(origin)},"recorded_at":{quoted(recorded_at)},"seq":{seq},'
        f'"stream":{quoted(stream)}}}'
    )
    return sha256(f"{previous}{body}".encode()).hexdigest()


class Proof(Connected):
    def verify(self, stream: str) -> Verdict:
        """Walk the whole chain of a stream, one entry at a time, whatever its length."""
        chain = self._first(CHAIN, stream=stream)
        if chain is None:
            return Verdict(stream, 0, None, f"There is no timeline {stream}")
        seq, previous = 0, GENESIS
        with self._connection.execute(LINKS, {"stream": stream}, execution_options={"yield_per": 1000}) as links:
            link: Any
            for seq, link in enumerate(links, start=1):  # by place, not by name: this runs once for every entry
                found, own_hash = link[1], link[9]
                if found != seq or own_hash != entry_hash(previous, *link[:9]):
                    return Verdict(stream, seq - 1, seq, _entry_complaint(seq, found))
                if complaint := _content_complaint(*link[8:]):
                    return Verdict(stream, seq - 1, seq, complaint)
                previous = own_hash
        if (chain.size, chain.head) != (seq, previous):
            return Verdict(stream, seq, seq + 1, f"{chain.size} entries were recorded, the last {chain.head[:12]}…")
        return Verdict(stream, seq)


def _entry_complaint(seq: int, found: int) -> str:
    if found != seq:
        return f"The entry is missing: {found} follows {seq - 1}"
    return "The entry was changed after it was recorded, or does not follow the one before it"


def _content_complaint(
    recorded: str, _hash: str, salt: str | None, text: str | None, details: str | None, is_there: str | None
) -> str | None:
    if is_there is None:
        return "What the entry says is missing"
    if text is None and details is None:
        return None  # redacted
    if recorded != content_hash(salt or "", text or "", details or ""):
        return "What the entry says was changed after it was recorded"
    return None


CHAIN = sa.select(chains.c.size, chains.c.head).where(chains.c.stream == sa.bindparam("stream"))
LINKS = (
    sa.select(
        *timeline.c, contents.c.salt, contents.c.text, contents.c.details, contents.c.stream.label("is_there")
    )
    .join_from(
        timeline, contents, sa.and_(contents.c.stream == timeline.c.stream, contents.c.seq == timeline.c.seq),
        isouter=True,
    )
    .where(timeline.c.stream == sa.bindparam("stream"))
    .order_by(timeline.c.seq)
)  # fmt: skip

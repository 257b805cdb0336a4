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
    previous: str, *, stream: str, seq: int, at: str, recorded_at: str, kind: str, actor: str, origin: str, key: str,
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
        for seq, link in enumerate(self._links(stream), start=1):
            if complaint := _complaint(link, seq, previous):
                return Verdict(stream, seq - 1, seq, complaint)
            previous = link.hash
        if (chain.size, chain.head) != (seq, previous):
            return Verdict(stream, seq, seq + 1, f"{chain.size} entries were recorded, the last {chain.head[:12]}…")
        return Verdict(stream, seq)

    def _links(self, stream: str) -> Any:
        return self._connection.execute(LINKS.execution_options(yield_per=1000), {"stream": stream})


def _complaint(link: Any, seq: int, previous: str) -> str | None:
    if link.seq != seq:
        return f"Entry {seq} is missing: {link.seq} follows {seq - 1}"
    expected = entry_hash(
        previous, stream=link.stream, seq=link.seq, at=link.at, recorded_at=link.recorded_at, kind=link.kind,
        actor=link.actor, origin=link.origin, key=link.key, content_hash=link.content_hash,
    )  # fmt: skip
    if link.hash != expected:
        return f"Entry {seq} was changed after it was recorded, or does not follow the one before it"
    return _content_complaint(link, seq)


def _content_complaint(link: Any, seq: int) -> str | None:
    if link.content_stream is None:
        return f"What entry {seq} says is missing"
    if link.text is None and link.details is None:
        return None  # redacted
    if link.content_hash != content_hash(link.salt or "", link.text or "", link.details or ""):
        return f"What entry {seq} says was changed after it was recorded"
    return None


CHAIN = sa.select(chains.c.size, chains.c.head).where(chains.c.stream == sa.bindparam("stream"))
LINKS = (
    sa.select(
        *timeline.c, contents.c.salt, contents.c.text, contents.c.details, contents.c.stream.label("content_stream")
    )
    .join_from(
        timeline, contents, sa.and_(contents.c.stream == timeline.c.stream, contents.c.seq == timeline.c.seq),
        isouter=True,
    )
    .where(timeline.c.stream == sa.bindparam("stream"))
    .order_by(timeline.c.seq)
)  # fmt: skip

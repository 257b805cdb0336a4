"""Why a timeline can be believed: the form in which an entry is hashed. docs/timeline.md specifies it, with vectors.

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
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

GENESIS = "0" * 64
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    return CANONICAL.encode(value)


def stamp(at: datetime) -> str:
    """RFC 3339, UTC, always with microseconds: as text it sorts like the instant."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def new_salt() -> str:
    return secrets.token_hex(16)


def content_hash(salt: str, text: str, details: str) -> str:
    """`details` in canonical form."""
    return sha256(f'{salt}{{"details":{details},"text":{quoted(text)}}}'.encode()).hexdigest()


def entry_body(
    stream: str, seq: int, at: str, recorded_at: str, kind: str, actor: str, origin: str, key: str, content_hash: str
) -> str:
    """`actor` in canonical form. Written out because this runs once for every entry there is."""
    return (
        f'{{"actor":{actor},"at":{quoted(at)},"content_hash":{quoted(content_hash)},"key":{quoted(key)},'
        f'"kind":{quoted(kind)},"origin":{quoted(origin)},"recorded_at":{quoted(recorded_at)},"seq":{seq},'
        f'"stream":{quoted(stream)}}}'
    )


def link_hash(previous: str, body: str) -> str:
    return sha256(f"{previous}{body}".encode()).hexdigest()


def entry_hash(
    previous: str, stream: str, seq: int, at: str, recorded_at: str, kind: str, actor: str, origin: str, key: str,
    content_hash: str,
) -> str:  # fmt: skip
    return link_hash(previous, entry_body(stream, seq, at, recorded_at, kind, actor, origin, key, content_hash))


def redaction_key(stream: str, seq: int) -> str:
    """The event key of the redaction of an entry: there is one at most, and both databases ask for it by this name."""
    return f"redacted:{stream}:{seq}"

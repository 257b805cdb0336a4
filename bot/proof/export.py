"""An exported incident proved by itself, on a machine that has no database: the chain, and the checkpoint it stands in.

What such a proof is worth rests on the public key, which must be known from elsewhere.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.domain import merkle
from bot.domain.chain import GENESIS, canonical, content_hash, entry_hash, redaction_key, stamp
from bot.domain.checkpoint import Checkpoint, Leaf, Signed
from bot.domain.errors import Misuse
from bot.proof.keys import is_signed

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """How many entries the chain proves, how many of them the checkpoint; and the first that is wrong, if any."""

    entries: int = 0
    sealed: int = 0
    checkpoint: Checkpoint | None = None
    broken_seq: int | None = None
    complaint: str | None = None


def proof_of(signed: Signed, leaves: Sequence[Leaf], stream: str) -> dict[str, Any] | None:
    """That the timeline ends in the checkpoint as it does; `leaves` are all of it, by stream. None: it is newer."""
    index = next((nth for nth, leaf in enumerate(leaves) if leaf.stream == stream), None)
    if index is None:
        return None
    path = merkle.path([leaf.encoded() for leaf in leaves], index)
    return {
        "checkpoint": asdict(signed.checkpoint), "signature": signed.signature, "leaf": asdict(leaves[index]),
        "index": index, "path": path, "public_key": signed.checkpoint.key,
    }  # fmt: skip


def read(text: str | bytes) -> Json:
    """Misuse unless it is what `muster timeline --format json` prints."""
    try:
        told = json.loads(text)
        _stream(told)
        is_one = isinstance(told, dict) and all(isinstance(entry["key"], str) for entry in told["entries"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        is_one = False
    if not is_one:
        raise Misuse("That is no timeline as `muster timeline --format json` prints it.")
    return dict(told)


def proved(told: Json, trusted: Set[str] = frozenset()) -> Finding:
    """`trusted`: public keys known from elsewhere; with none, any key will do, and somebody must compare it."""
    stream, heads = _stream(told), [GENESIS]
    redacted = {entry.get("key") for entry in told["entries"] if entry.get("kind") == "entry.redacted"}
    for seq, entry in enumerate(told["entries"], start=1):
        if complaint := _complaint(stream, seq, heads[-1], entry, redacted):
            return Finding(seq - 1, broken_seq=seq, complaint=complaint)
        heads.append(entry["hash"])
    if told.get("proof") is None:
        return Finding(len(heads) - 1)
    return _sealed(told["proof"], stream, heads, trusted)


def _stream(told: Json) -> str:
    return str((told.get("incident") or told["service"])["name"])


def _complaint(stream: str, seq: int, head: str, entry: Json, redacted: Set[Any]) -> str | None:
    try:
        said = (stamp(_instant(entry["at"])), stamp(_instant(entry["recorded_at"])), entry["kind"])
        done = (canonical(entry["actor"]), entry["origin"], entry["key"], entry["content_hash"])
        if entry["seq"] != seq or entry["hash"] != entry_hash(head, stream, seq, *said, *done):
            return "it was changed, or does not follow the one before it"
        if entry["salt"] is None:
            return None if redaction_key(stream, seq) in redacted else "its words are gone, and no redaction says so"
        if entry["content_hash"] != content_hash(entry["salt"], entry["text"], canonical(entry["details"])):
            return "what it says was changed"
    except (KeyError, TypeError, ValueError, AttributeError):
        return "it lacks what proves it, or that has the wrong shape"
    return None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without its zone")
    return at


def _sealed(proof: Json, stream: str, heads: Sequence[str], trusted: Set[str]) -> Finding:
    entries = len(heads) - 1
    try:
        checkpoint, leaf = Checkpoint(**proof["checkpoint"]), Leaf(**proof["leaf"])
        root = merkle.root_by_path(leaf.encoded(), proof["index"], checkpoint.streams, proof["path"])
        signed = is_signed(Signed(checkpoint, proof["signature"], ()))
    except (KeyError, TypeError, ValueError):
        return Finding(entries, broken_seq=1, complaint="the checkpoint it comes with has the wrong shape")
    if not signed or (trusted and checkpoint.key not in trusted):
        whose = f"by a key that is not trusted: {checkpoint.key}" if signed else "by no key, or not the one it names"
        return Finding(entries, broken_seq=1, complaint=f"the checkpoint it comes with is signed {whose}")
    if root != checkpoint.root or leaf.stream != stream:
        return Finding(entries, broken_seq=1, complaint="the checkpoint it comes with does not cover it")
    if leaf.size > entries:
        return Finding(entries, broken_seq=entries + 1, complaint=f"it is gone: the checkpoint saw {leaf.size} entries")
    if heads[leaf.size] != leaf.head:
        return Finding(entries, broken_seq=1, complaint="its entries are not those the checkpoint saw")
    return Finding(entries, leaf.size, checkpoint)

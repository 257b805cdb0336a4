"""The vectors of docs/timeline.md, checked twice: by Muster, and by a few lines that share none of its code.

Whoever writes a verifier of their own can start from the second half of this file.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.domain import chain, merkle
from bot.domain.checkpoint import Leaf, Signed, root_of
from bot.proof.keys import Keys, is_signed

VECTORS = Path(__file__).parents[1] / "fixtures/proof"
ENTRIES = json.loads((VECTORS / "entries.json").read_text())
TREES = json.loads((VECTORS / "trees.json").read_text())
CHECKPOINTS = json.loads((VECTORS / "checkpoints.json").read_text())
Json = dict[str, Any]


def test_an_instant_of_any_year_is_written_in_four_digits_of_it() -> None:
    assert chain.stamp(datetime(999, 1, 2, 3, tzinfo=UTC)) == "0999-01-02T03:00:00.000000Z"


def test_muster_hashes_entries_as_the_vectors_say() -> None:
    head = chain.GENESIS
    for vector in ENTRIES["entries"]:
        entry = vector["entry"]
        details = chain.canonical(vector["details"])
        assert chain.content_hash(vector["salt"], vector["text"], details) == entry["content_hash"]
        head = chain.entry_hash(head, **{**entry, "actor": chain.canonical(entry["actor"])})
        assert head == vector["hash"]


@pytest.mark.parametrize("size", range(1, 9))
def test_muster_builds_trees_as_rfc_9162_says(size: int) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in TREES["leaves"][:size]]
    assert merkle.root(leaves) == TREES["roots"][size - 1] == independent_root(leaves).hex()
    for index, leaf in enumerate(leaves):
        path = merkle.path(leaves, index)
        assert path == [one.hex() for one in independent_path(index, leaves)]
        assert merkle.root_by_path(leaf, index, size, path) == merkle.root(leaves)
        assert merkle.root_by_path(leaf, index, size, [*path, "00" * 32]) is None
        assert merkle.root_by_path(b"other", index, size, path) != merkle.root(leaves)


def test_muster_signs_and_chains_checkpoints_as_the_vectors_say() -> None:
    keys = Keys.read(CHECKPOINTS["private_keys"])
    leaves: dict[str, Leaf] = {}
    previous = chain.GENESIS
    for line in CHECKPOINTS["lines"]:
        signed = Signed.from_line(line)
        leaves |= {leaf.stream: leaf for leaf in signed.changed}
        assert signed.line() == line
        assert is_signed(signed)
        assert keys.sign(signed.checkpoint) == signed.signature, "Ed25519 always signs alike"
        assert (signed.checkpoint.previous, signed.checkpoint.root) == (previous, root_of(leaves))
        previous = signed.hash
    assert previous == CHECKPOINTS["last_hash"]


# The same once more, from the words of docs/timeline.md alone.


def sha256(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def test_entries_by_the_book() -> None:
    previous = "0" * 64
    for vector in ENTRIES["entries"]:
        said = written({"details": vector["details"], "text": vector["text"]})
        entry = {**vector["entry"], "content_hash": sha256(vector["salt"] + said)}
        previous = sha256(previous + written(entry))
        assert previous == vector["hash"]


def independent_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_of_two_below(len(leaves))
    return hashlib.sha256(b"\x01" + independent_root(leaves[:k]) + independent_root(leaves[k:])).digest()


def independent_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162, section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_of_two_below(len(leaves))
    if m < k:
        return [*independent_path(m, leaves[:k]), independent_root(leaves[k:])]
    return [*independent_path(m - k, leaves[k:]), independent_root(leaves[:k])]


def largest_power_of_two_below(n: int) -> int:
    return 1 << (n - 1).bit_length() - 1


def test_checkpoints_by_the_book() -> None:
    previous = "0" * 64
    ends: dict[str, Json] = {}
    for line in CHECKPOINTS["lines"]:
        told: Json = json.loads(line)
        body = told["checkpoint"]
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["key"])).verify(
            bytes.fromhex(told["signature"]), b"muster checkpoint " + written(body).encode()
        )
        ends |= {stream: {"stream": stream, "size": size, "head": head} for stream, size, head in told["changed"]}
        leaves = [written(ends[stream]).encode() for stream in sorted(ends)]
        assert body["root"] == independent_root(leaves).hex()
        assert body["changed"] == sha256(written(told["changed"]))
        assert (body["entries"], body["streams"]) == (sum(end["size"] for end in ends.values()), len(ends))
        assert body["previous"] == previous
        previous = sha256(written(body) + told["signature"])
    assert previous == CHECKPOINTS["last_hash"]

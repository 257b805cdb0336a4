"""A signed statement of where every timeline ends: what is cut off, changed or slipped in below it can be noticed.

docs/timeline.md specifies it. `‖` joins text; hashes, keys and signatures are lower-case hexadecimal.

    leaf      = canonical({"head", "size", "stream"})
    root      = the Merkle root of RFC 9162 over all leaves, sorted by stream
    changed   = sha256(canonical([[stream, size, head], …])), the leaves that differ from the last checkpoint's
    body      = canonical({"at", "changed", "entries", "key", "next_key", "number", "previous", "root", "streams"})
    signature = Ed25519 by `key` over "muster checkpoint " ‖ body
    hash      = sha256(body ‖ signature), the `previous` of the next one
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

from bot.domain import merkle
from bot.domain.chain import GENESIS, canonical
from bot.domain.job import Job, Priority

EVERY = 100
"""Entries, at most, that a process records before it asks for a checkpoint; the clock asks for one too."""
SECONDS = 60
WANTED = Job("checkpoint", "checkpoints", priority=Priority.NORMAL, key="checkpoint", collapses=True)


@dataclass(frozen=True, order=True)
class Leaf:
    """Where one timeline ends: its last entry's place and hash."""

    stream: str
    size: int
    head: str

    def encoded(self) -> bytes:
        return canonical(vars(self)).encode("ascii")


@dataclass(frozen=True)
class Checkpoint:
    """`number` counts from 1 and `previous` is the hash of the one before, GENESIS at first. `at` is a stamp.

    `entries` and `streams` are how many there are in all. `key` is the public key that signs this one; `next_key` the
    one that signs from here on, when the key changes.
    """

    number: int
    at: str
    entries: int
    streams: int
    root: str
    changed: str
    previous: str
    key: str
    next_key: str | None = None

    def body(self) -> str:
        return canonical(vars(self))  # not asdict, which copies, and this runs for every checkpoint there is

    def signed_bytes(self) -> bytes:
        return f"muster checkpoint {self.body()}".encode("ascii")

    @property
    def signer_after(self) -> str:
        """Whose signature the next checkpoint must bear."""
        return self.next_key or self.key


@dataclass(frozen=True)
class Signed:
    """A checkpoint, its signature, and the leaves that changed."""

    checkpoint: Checkpoint
    signature: str
    changed: tuple[Leaf, ...]

    @cached_property
    def _body(self) -> str:
        """Kept: a verifier needs it twice of every checkpoint there is."""
        return self.checkpoint.body()

    @property
    def hash(self) -> str:
        return sha256(f"{self._body}{self.signature}".encode()).hexdigest()

    @property
    def number(self) -> int:
        return self.checkpoint.number

    def line(self) -> str:
        """As it stands in the anchor file."""
        body, changed = vars(self.checkpoint), leaves_as_json(self.changed)
        return canonical({"changed": changed, "checkpoint": body, "signature": self.signature})

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Raises ValueError for anything that `line` did not write, down to a blank."""
        try:
            told = json.loads(line)
            changed = tuple(Leaf(*one) for one in told["changed"])
            signed = cls(Checkpoint(**told["checkpoint"]), told["signature"], changed)
            _, _, signature = line.rpartition(',"checkpoint":')
            written = f'{signed._body},"signature":"{signed.signature}"}}' == signature
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError("it is not a checkpoint") from error
        if not (written and digest_of_line(line) == signed.checkpoint.changed):
            raise ValueError("what it says has changed is not what it signs")
        return signed


def digest_of_line(line: str) -> str:
    """Of the leaves as they stand written, which spares writing them again: a file can hold a million."""
    return sha256(line.removeprefix('{"changed":').partition(',"checkpoint":')[0].encode()).hexdigest()


def leaves_as_json(leaves: Sequence[Leaf]) -> list[list[Any]]:
    return [[leaf.stream, leaf.size, leaf.head] for leaf in leaves]


def digest(changed: Sequence[Leaf]) -> str:
    return sha256(canonical(leaves_as_json(changed)).encode("ascii")).hexdigest()


def root_of(leaves: Mapping[str, Leaf]) -> str:
    """`leaves` by stream."""
    return merkle.root([leaves[stream].encoded() for stream in sorted(leaves)])


def drafted(
    previous: Signed | None, leaves: Mapping[str, Leaf], changed: Sequence[Leaf], *, at: str, key: str,
    next_key: str | None = None,
) -> Checkpoint:  # fmt: skip
    """The checkpoint that follows `previous`; `leaves` are all there are, `changed` those that moved since."""
    return Checkpoint(
        number=previous.number + 1 if previous else 1, at=at, entries=sum(leaf.size for leaf in leaves.values()),
        streams=len(leaves), root=root_of(leaves), changed=digest(changed),
        previous=previous.hash if previous else GENESIS, key=key, next_key=next_key,
    )  # fmt: skip

"""The record of checkpoints, as the database and the anchor file hold it: is it one unbroken, signed series?"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from bot.domain.chain import GENESIS
from bot.domain.checkpoint import Leaf, Signed, root_of
from bot.proof.keys import is_signed

CHECKPOINTS = "checkpoints"
HashAt = Callable[[str, int], str | None]


@dataclass(frozen=True)
class Trouble:
    """The first thing that is not as it was recorded: entry `seq` of a timeline, or the `seq`-th of the checkpoints."""

    where: str
    seq: int
    why: str

    def __str__(self) -> str:
        kind = "checkpoint" if self.where == CHECKPOINTS else f"{self.where}, entry"
        return f"{kind} {self.seq}: {self.why}"


@dataclass(frozen=True)
class Record:
    """The checkpoints, the first first, and where each timeline ended at the last."""

    checkpoints: Sequence[Signed]
    leaves: dict[str, Leaf]


def of_both(in_database: Sequence[str], in_file: Sequence[str] | None, written: int) -> Trouble | None:
    """Whether the two hold the same. `written`: the newest that is known to be in the file; None: there is no file."""
    if in_file is None:
        return None
    for number, (ours, theirs) in enumerate(zip(in_database, in_file, strict=False), start=1):
        if ours != theirs:
            return _trouble(number, "the database and the anchor file do not agree")
    if len(in_file) > len(in_database):
        return _trouble(len(in_database) + 1, "the anchor file holds it, the database does not")
    if len(in_file) < written:
        return _trouble(len(in_file) + 1, "it was written to the anchor file and is there no longer")
    return None


def read(lines: Sequence[str], trusted: Set[str]) -> Record | Trouble:
    """One series from the first on, each bound to the one before, the last signed by a key that is trusted.

    Each hash covers the signature of the one before, so the last signature speaks for all; where the key changed, the
    old one's is checked too. `trusted` may be empty: then any key will do, and somebody should look at which it is.
    """
    checkpoints: list[Signed] = []
    leaves: dict[str, Leaf] = {}
    for number, line in enumerate(lines, start=1):
        try:
            signed = Signed.from_line(line)
        except ValueError as error:
            return _trouble(number, str(error))
        if complaint := _complaint(checkpoints[-1] if checkpoints else None, signed):
            return _trouble(number, complaint)
        checkpoints.append(signed)
        leaves.update((leaf.stream, leaf) for leaf in signed.changed)
    return _ended(checkpoints, leaves, trusted) or Record(checkpoints, leaves)


def _complaint(before: Signed | None, signed: Signed) -> str | None:
    """Why this one cannot be what follows."""
    said = signed.checkpoint
    if said.number != (before.number + 1 if before else 1):
        return f"checkpoint {said.number} stands in its place"
    if said.previous != (before.hash if before else GENESIS):
        return "it does not follow the one before it"
    if before and said.key != before.checkpoint.signer_after:
        return "it is signed by another key, and no checkpoint says that the key changed"
    if said.next_key and not is_signed(signed):
        return "the change of the key is not signed by the old key"
    return None


def _ended(checkpoints: Sequence[Signed], leaves: dict[str, Leaf], trusted: Set[str]) -> Trouble | None:
    if not checkpoints:
        return None
    last = checkpoints[-1]
    said = last.checkpoint
    if not is_signed(last):
        return _trouble(_first_unsigned(checkpoints), "it is not signed by the key it names")
    if trusted and trusted.isdisjoint({said.key, said.signer_after}):
        return _trouble(last.number, f"it is signed by a key that is not ours: {said.key}")
    total = (len(leaves), sum(leaf.size for leaf in leaves.values()))
    if (said.streams, said.entries) != total or root_of(leaves) != said.root:
        return _trouble(last.number, "the ends of the timelines it lists do not give its root")
    return None


def _first_unsigned(checkpoints: Sequence[Signed]) -> int:
    return next(one.number for one in checkpoints if not is_signed(one))


def against(record: Record, hash_at: HashAt) -> Trouble | None:
    """Whether the timelines still hold what the last checkpoint saw; the first that does not, and from where on."""
    for stream in sorted(record.leaves):
        leaf = record.leaves[stream]
        if hash_at(stream, leaf.size) != leaf.head:
            return _localised(record, stream, hash_at)
    return None


def _localised(record: Record, stream: str, hash_at: HashAt) -> Trouble:
    """Between the last checkpoint the timeline agrees with and the first that it does not."""
    intact = 0
    for one in record.checkpoints:
        for leaf in one.changed:
            if leaf.stream != stream:
                continue
            found = hash_at(stream, leaf.size)
            if found != leaf.head:
                return Trouble(stream, *_rewritten(one, leaf, intact, found, hash_at))
            intact = leaf.size
    raise LookupError(f"no checkpoint disagrees with {stream}")


def _rewritten(one: Signed, leaf: Leaf, intact: int, found: str | None, hash_at: HashAt) -> tuple[int, str]:
    seen = f"checkpoint {one.number} of {one.checkpoint.at} saw"
    upto = f" (or one of those up to {leaf.size})" if leaf.size > intact + 1 else ""
    if found is None:
        return intact + 1, f"it{upto} is gone: {seen} {leaf.size} entries"
    return intact + 1, f"it{upto} is not what {seen}: the timeline was rewritten and hashed anew"


def _trouble(number: int, why: str) -> Trouble:
    return Trouble(CHECKPOINTS, number, why)

"""One hash for a whole list, and short proofs that something stands in it, after RFC 9162.

https://www.rfc-editor.org/rfc/rfc9162#section-2.1 · Hashes are lower-case hexadecimal outside this module.
"""

from collections.abc import Sequence
from hashlib import sha256


def root(leaves: Sequence[bytes]) -> str:
    """Of these leaves, in this order; of none, the hash of nothing."""
    return _root([leaf_hash(leaf) for leaf in leaves]).hex()


def path(leaves: Sequence[bytes], index: int) -> list[str]:
    """The hashes that lead from the leaf at `index` to the root, the nearest first."""
    hashes, found = [leaf_hash(leaf) for leaf in leaves], []
    while len(hashes) > 1:
        sibling = index ^ 1
        if sibling < len(hashes):
            found.append(hashes[sibling].hex())
        hashes, index = _level_above(hashes), index >> 1
    return found


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[str]) -> str | None:
    """The root that `path` leads to from the leaf at `index` of `size`; None when the path has the wrong length."""
    here, rest, last = leaf_hash(leaf), list(path), size - 1
    if not 0 <= index <= last:
        return None
    while last:
        if index ^ 1 <= last:
            if not rest:
                return None
            sibling = bytes.fromhex(rest.pop(0))
            here = node_hash(sibling, here) if index & 1 else node_hash(here, sibling)
        index, last = index >> 1, last >> 1
    return None if rest else here.hex()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = _level_above(hashes)
    return hashes[0] if hashes else sha256(b"").digest()


def _level_above(hashes: list[bytes]) -> list[bytes]:
    """In pairs; an odd last one rises as it is, which gives the tree of RFC 9162 for any number of leaves."""
    pairs = zip(hashes[::2], hashes[1::2], strict=False)
    above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return [*above, hashes[-1]] if len(hashes) % 2 else above

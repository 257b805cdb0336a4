"""Ed25519 keys for checkpoints. The private ones live outside the database: in a variable or in a file.

A private key is 32 random bytes in base64 (`openssl rand -base64 32`), a public key 64 hexadecimal digits.
https://www.rfc-editor.org/rfc/rfc8032
"""

import base64
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.domain.checkpoint import Checkpoint, Signed
from bot.domain.errors import Misuse, Refused

OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Keys:
    """The private keys we have, by public key. `current` signs; the others only hand over to it."""

    current: str
    private: dict[str, Ed25519PrivateKey] = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """One key on each line or between commas, the one to sign with first. Misuse when any is not a key."""
        written = [part for part in re.split(r"[\s,]+", text) if part]
        found = [_private(one) for one in written]
        if not found:
            raise Misuse("MUSTER_SIGNING_KEY holds no key: `openssl rand -base64 32` makes one.")
        return cls(public_of(found[0]), {public_of(key): key for key in found})

    @classmethod
    def at(cls, path: Path) -> Self:
        """Those in the file, which is made with a new key, readable by its owner only, when it is not there."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except FileExistsError:
            return cls.read(path.read_text(encoding="ascii"))
        except OSError as error:
            raise Misuse(f"The signing key {path} cannot be made: {error.strerror}. Set MUSTER_SIGNING_KEY.") from error
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{new_key()}\n")
        return cls.read(path.read_text(encoding="ascii"))

    def sign(self, checkpoint: Checkpoint) -> str:
        """By `checkpoint.key`; Refused when that one is not ours."""
        if checkpoint.key not in self.private:
            raise Refused(
                f"checkpoints are signed by the key {checkpoint.key[:16]}…, which this Muster does not have:"
                " give all replicas the same MUSTER_SIGNING_KEY, and the old one after the new one while rotating"
            )
        return self.private[checkpoint.key].sign(checkpoint.signed_bytes()).hex()


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode("ascii")


def public_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def is_signed(signed: Signed) -> bool:
    """Whether the key the checkpoint names signed it; whether that key is to be trusted is another question."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.checkpoint.key))
        public.verify(bytes.fromhex(signed.signature), signed.checkpoint.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def rotated(path: Path) -> Keys:
    """The file with a new key before those it had: from the next checkpoint on that one signs."""
    keys = f"{new_key()}\n{path.read_text(encoding='ascii')}"
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w", encoding="ascii") as file:
        file.write(keys)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return Keys.read(keys)


def _private(written: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(written, validate=True))
    except ValueError as error:
        raise Misuse("MUSTER_SIGNING_KEY must be 32 random bytes in base64: `openssl rand -base64 32`.") from error


def listed(checkpoints: Sequence[Signed]) -> list[str]:
    """Every public key that ever signed, the first first."""
    return list(dict.fromkeys(one.checkpoint.key for one in checkpoints))

"""Ed25519 keys for checkpoints. The private ones live outside the database: in a variable or in a file.

A private key is 32 random bytes in base64 (`openssl rand -base64 32`), a public key 64 hexadecimal digits.
https://www.rfc-editor.org/rfc/rfc8032
"""

import base64
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.domain.checkpoint import Checkpoint, Signed
from bot.domain.errors import Misuse, Refused


@dataclass(frozen=True)
class Keys:
    """The private keys we have, by public key. `current` signs; the others only hand over to it."""

    current: str
    private: dict[str, Ed25519PrivateKey] = field(repr=False)

    @classmethod
    def read(cls, text: str, where: object = "MUSTER_SIGNING_KEY") -> Self:
        """One key on each line or between commas, the one to sign with first. Misuse, naming `where` they stand, when
        any is not a key."""
        written = [part for part in re.split(r"[\s,]+", text) if part]
        found = [_private(one, where) for one in written]
        if not found:
            raise Misuse(f"{where} holds no key: put the old one back, or what `openssl rand -base64 32` makes.")
        return cls(public_of(found[0]), {public_of(key): key for key in found})

    @classmethod
    def at(cls, path: Path) -> Self:
        """Those in the file, which is made with a new key, readable by its owner only, when it is not there."""
        if not path.exists():
            _make(path)
        return cls.read(_written_in(path), path)

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
    """The file with a new key before those it had: from the next checkpoint on that one signs. Of two rotations at once
    one builds upon the other."""
    if not path.exists():
        raise Misuse(f"There is no signing key at {path} yet, so none to replace: `muster key` makes the first.")
    try:
        with _alone(path):
            return _with_a_new_one(path, _written_in(path))
    except OSError as error:
        raise Misuse(f"The signing key {path} cannot be replaced: {error.strerror}.") from error


def _with_a_new_one(path: Path, old: str) -> Keys:
    Keys.read(old, path)  # what is no key is not built upon
    text = f"{new_key()}\n{old}"
    with _beside(path, text) as whole:
        whole.replace(path)
    return Keys.read(text, path)


def _make(path: Path) -> None:
    """Whole or not at all. Of two processes that make one at once, one does and the other finds it."""
    try:
        with _alone(path):
            if not path.exists():
                with _beside(path, f"{new_key()}\n") as whole:
                    whole.replace(path)
    except OSError as error:
        raise Misuse(f"The signing key {path} cannot be made: {error.strerror}. Set MUSTER_SIGNING_KEY.") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time, by a lock that ends with the process. Not by a hard link: some file systems have none."""
    lock = path.with_name(f".{path.name}.lock")
    held = _locked(lock)
    while not _is_at(lock, held):  # whoever had it has taken it away
        os.close(held)
        held = _locked(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(held)


def _locked(file: Path) -> int:
    held = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def _is_at(file: Path, held: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(held))
    except FileNotFoundError:
        return False


@contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """A file in the same folder, on disk, for its owner alone, and gone afterwards."""
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        whole = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            yield whole
        finally:
            whole.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _written_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise Misuse(f"The signing key {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Misuse(f"{path} is no signing key: put back the file that was there.") from error


def _private(written: str, where: object) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(written, validate=True))
    except ValueError as error:
        raise Misuse(f"{where} must be 32 random bytes in base64: `openssl rand -base64 32`.") from error


def listed(checkpoints: Sequence[Signed]) -> list[str]:
    """Every public key that ever signed, the first first."""
    return list(dict.fromkeys(one.checkpoint.key for one in checkpoints))

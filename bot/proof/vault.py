"""What must be kept and may not be read in the database: integration keys, and the secrets of sources.

Closed with a key made of the signing key, which lies outside the database and which all replicas share; one that was
handed over from still opens. https://cryptography.io/en/latest/fernet/
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.errors import Refused
from bot.proof.keys import Keys


class Vault:
    """Text goes in and comes out; what is in between says nothing but its length."""

    def __init__(self, keys: Keys) -> None:
        private = [keys.private[keys.current], *keys.private.values()]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(_made(one, b"vault"))) for one in private])
        self._marks = [_made(one, b"marks") for one in private]

    def closed(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def opened(self, sealed: str) -> str:
        """Refused when it was closed with a signing key that we no longer have."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise Refused("it was sealed with another MUSTER_SIGNING_KEY, which is gone", code="sealed") from error

    def mark(self, text: str) -> str:
        """By which any replica knows again that we wrote this; 43 letters, digits, - and _."""
        return _mark(self._marks[0], text)

    def is_marked(self, text: str, mark: str) -> bool:
        """In constant time; with a key that was handed over from, too."""
        told = mark.encode("utf-8", "replace")
        return sum(hmac.compare_digest(_mark(key, text).encode(), told) for key in self._marks) > 0


def _made(private: Ed25519PrivateKey, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"muster: " + use).derive(private.private_bytes_raw())


def _mark(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode("utf-8", "replace"), "sha256")).rstrip(b"=").decode()

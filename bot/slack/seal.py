"""Slack's reply addresses, closed: whoever has one may speak in the bot's name, so none is kept in clear."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.domain.errors import Refused

SEALED = "sealed:"


class Seal:
    """Closes with a key made of the first of `secrets`, opens with that of any: while they are rotated too.

    Every replica has the secrets; the database has not. https://cryptography.io/en/latest/fernet/
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [Fernet(_key(secret)) for secret in secrets if secret]
        self._fernet = MultiFernet(keys) if keys else None

    def closed(self, address: str) -> str:
        """Without any secret there is no Slack either that could have sent one."""
        return address if self._fernet is None else SEALED + self._fernet.encrypt(address.encode()).decode()

    def opened(self, address: str) -> str:
        """What an earlier Muster kept in clear passes. Refused when it was closed with a secret we no longer have."""
        if self._fernet is None or not address.startswith(SEALED):
            return address
        try:
            return self._fernet.decrypt(address.removeprefix(SEALED)).decode()
        except InvalidToken as error:
            raise Refused("the reply address was sealed with another SLACK_SIGNING_SECRET", code="sealed") from error


def _key(secret: str) -> bytes:
    made = HKDF(SHA256(), 32, salt=None, info=b"muster: reply addresses").derive(secret.encode())
    return base64.urlsafe_b64encode(made)

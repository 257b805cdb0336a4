"""Access tokens that no table holds: any replica knows them again by the key that all of them share.

A token is bound to its source, its client and its client's secret: with any of them changed it is worth nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain.source import OAuth2, id_of
from bot.proof.vault import Vault

LASTS = timedelta(minutes=15)


def token(vault: Vault, source: str, client: OAuth2, secret: str, at: datetime) -> str:
    """Letters, digits and `-._`: https://www.rfc-editor.org/rfc/rfc6750#section-2.1. `secret`: the one it was given
    for."""
    until = str(int((at + LASTS).timestamp()))
    return f"{until}.{vault.mark(_claim(source, client, secret, until))}"


def is_ours(vault: Vault, told: str, source: str, client: OAuth2, at: datetime) -> bool:
    """Whether we gave it to this client for this source, and it is not over. Never raises."""
    until, _, mark = told.partition(".")
    if not (until.isdecimal() and until.isascii() and len(until) <= 12):
        return False
    return sum(_marked(vault, source, client, until, mark)) > 0 and at.timestamp() < int(until)


def _marked(vault: Vault, source: str, client: OAuth2, until: str, mark: str) -> Iterator[bool]:
    for secret in client.secrets:
        yield vault.is_marked(_claim(source, client, secret, until), mark)


def _claim(source: str, client: OAuth2, secret: str, until: str) -> str:
    return "\n".join(("access token", source, until, id_of(client.client_id), id_of(secret)))

"""With which secrets PagerDuty's deliveries may be signed: those in the environment, and those of subscriptions that
Muster made itself, on whichever replica."""

import logging
import time
from collections.abc import Callable, Sequence

from bot.domain.errors import Refused
from bot.proof.vault import Vault
from storage import Database

log = logging.getLogger(__name__)

KNOWN_FOR = 2.0  # seconds that the secrets in the database are believed to be all
ASKED_EVERY = 0.25  # seconds: as often as strangers can make us look for a subscription we do not know


class Signers:
    """`configured`: from the environment. Unavailable when the database must be asked and does not answer."""

    def __init__(
        self, database: Database, configured: Sequence[str], vault: Callable[[], Vault | None] = lambda: None
    ) -> None:
        self.configured = tuple(configured)
        self._database, self._vault = database, vault
        self._read_at, self._secrets = -KNOWN_FOR, dict[str, str]()
        self._opened: dict[str, str | None] = {}

    async def made(self, subscription: str, *, within: float) -> list[str]:
        """Those of subscriptions that Muster made; `subscription` is the one that the request says it is of. `within`:
        seconds."""
        age = time.monotonic() - self._read_at
        if age >= (KNOWN_FOR if subscription in self._secrets else ASKED_EVERY):
            own = await self._database.read(lambda tx: tx.own_subscriptions(), within=within)
            found = {one.id: self._open(one.id, one.sealed) for one in own}
            self._secrets = {id_: secret for id_, secret in found.items() if secret}
            self._read_at = time.monotonic()
        return list(self._secrets.values())

    def _open(self, id_: str, sealed: str) -> str | None:
        if sealed not in self._opened:
            self._opened[sealed] = self._unsealed(id_, sealed)
        return self._opened[sealed]

    def _unsealed(self, id_: str, sealed: str) -> str | None:
        vault = self._vault()
        try:
            return vault.opened(sealed) if vault else None
        except Refused as refusal:
            log.error("Deliveries of the subscription %s are not believed: %s", id_, refusal)  # noqa: TRY400
            return None

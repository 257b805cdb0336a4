"""The signing keys, and what is closed with them. They lie outside the database."""

import logging
from pathlib import Path

from bot.config import Config, beside
from bot.domain.errors import Misuse
from bot.proof.keys import Keys
from bot.proof.vault import Vault

log = logging.getLogger(__name__)


def signing_keys(config: Config, database: Path) -> Keys | None:
    """Those given, else those in the file beside the database, made for the first checkpoint. Having none is no
    reason not to take pages: it is logged, and there are no checkpoints."""
    try:
        return Keys.read(config.signing_key) if config.signing_key else Keys.at(beside(database, "signing-key"))
    except Misuse as misuse:
        log.error("No checkpoints are made: %s", misuse)  # noqa: TRY400 - one sentence says it
        return None


def vault(config: Config, database: Path) -> Vault | None:
    keys = signing_keys(config, database)
    return Vault(keys) if keys else None

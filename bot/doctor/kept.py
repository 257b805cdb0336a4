"""What was decided while Muster ran, and so stands in the database alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.config import Config
from bot.domain.errors import Misuse, Refused, Unavailable
from bot.domain.reactions import Reactions
from storage import Database, Transaction


@dataclass(frozen=True)
class Kept:
    """`sources`: by name, what was decided about each. `subscriptions`: ids of those that Muster made."""

    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    subscriptions: frozenset[str] = frozenset()


async def kept(config: Config) -> Kept:
    """Beside a running Muster; nothing, where there is no database yet, or none that can be read: another check says
    so."""
    try:
        database = Database(config.database_url, Reactions(config.routing()))
    except (Misuse, Refused):
        return Kept()
    try:
        await asyncio.to_thread(database.require_schema)
        await asyncio.to_thread(database.open, read_only=True)
        return await database.read(_all)
    except (Misuse, Refused, Unavailable):
        return Kept()
    finally:
        await asyncio.to_thread(database.close)


def _all(tx: Transaction) -> Kept:
    return Kept(tx.source_states(), frozenset(one.id for one in tx.own_subscriptions()))

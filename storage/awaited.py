"""Nobody waits for the database for ever, and nothing is begun for which nobody waits any more."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.domain.errors import Trouble, Unavailable
from storage.transaction import Transaction

T = TypeVar("T")


async def in_time(result: Awaitable[T], within: float | None) -> T:
    """Unavailable after so many seconds: it may have been done, or will be."""
    try:
        async with asyncio.timeout(within):
            return await result
    except TimeoutError as error:
        silent = Trouble("database", "silent")
        raise Unavailable("The database does not answer in time", reached=True, trouble=silent) from error


def while_awaited(fn: Callable[[Transaction], T], within: float) -> Callable[[Transaction], T]:
    """`fn`, unless its turn comes so late that nobody waits for it any more."""
    until = time.monotonic() + within

    def run(tx: Transaction) -> T:
        if time.monotonic() > until:
            raise too_late()
        return fn(tx)

    return run


def too_late() -> Unavailable:
    return Unavailable("Nobody waits for this any more", reached=False)

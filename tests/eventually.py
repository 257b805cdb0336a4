"""Waiting for a state instead of for time to pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY = 0.01  # seconds


async def eventually(found: Callable[[], T | Awaitable[T]], *, within: float = 3.0) -> T:
    """What `found` gives as soon as that is true; a failure showing the last it gave after `within` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not (last := await _given(found)):
        if loop.time() > deadline:
            raise AssertionError(f"still {last!r} after {within} s: {inspect.getsource(found).strip()}")
        await asyncio.sleep(LOOK_EVERY)
    return last


async def _given(found: Callable[[], T | Awaitable[T]]) -> T:
    """A look that is asked before its subject exists finds nothing yet."""
    try:
        given = found()
        return await given if inspect.isawaitable(given) else given
    except (LookupError, AttributeError) as missing:
        return missing  # type: ignore[return-value]

"""Waiting for a state, never for time to pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY = 0.01  # seconds


async def eventually(look: Callable[[], T | Awaitable[T]], *, within: float = 3.0) -> T:
    """What `look` finds, as soon as it is true; what does not exist yet is looked for again.

    Fails after `within` seconds, with what was found last.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        try:
            last = look()
            found: T = await last if inspect.isawaitable(last) else last
            if found:
                return found
            failure = f"found {found!r}"
        except (LookupError, ValueError) as missing:
            failure = repr(missing)
        assert loop.time() < deadline, f"{failure} after {within} s: {inspect.getsource(look).strip()}"
        await asyncio.sleep(LOOK_EVERY)

"""Waiting for a state, never for time to pass."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

T = TypeVar("T")
LOOK_EVERY = 0.02  # seconds; later a tenth of what has been waited for, since each look may ask a database


@overload
async def eventually(look: Callable[[], Coroutine[Any, Any, T]], *, within: float = 10.0) -> T: ...
@overload
async def eventually(look: Callable[[], T], *, within: float = 10.0) -> T: ...
async def eventually(look: Callable[[], Any], *, within: float = 10.0) -> Any:
    """What `look` finds, as soon as it is true; what does not exist yet is looked for again.

    Fails after `within` seconds, with what was found last.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            last = look()
            found = await last if inspect.isawaitable(last) else last
            if found:
                return found
            failure = f"found {found!r}"
        except (LookupError, ValueError) as missing:
            failure = repr(missing)
        waited = loop.time() - began
        assert waited < within, f"{failure} after {within} s: {inspect.getsource(look).strip()}"
        await asyncio.sleep(max(LOOK_EVERY, waited / 10))

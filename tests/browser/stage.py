"""A simulator and its bot in a thread of their own, so that a test can drive a browser, which blocks."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self, TypeVar

Result = TypeVar("Result")
Entered = TypeVar("Entered")

PATIENCE = 20
"""Seconds for anything done on the stage."""


class Stage:
    """An event loop in a thread; what was entered on it is left again, last first."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._play()), name="stage")
        self._open: Future[asyncio.AbstractEventLoop] = Future()
        self._over = asyncio.Event()
        self._entered: list[AbstractAsyncContextManager[Any]] = []

    async def _play(self) -> None:
        self._open.set_result(asyncio.get_running_loop())
        await self._over.wait()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Awaits it on the stage."""
        return asyncio.run_coroutine_threadsafe(work, self._open.result(PATIENCE)).result(PATIENCE)

    def enter(self, context: AbstractAsyncContextManager[Entered]) -> Entered:
        """Enters it on the stage, until the stage is left."""
        entered = self.run(_entering(context))
        self._entered.append(context)
        return entered

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for context in reversed(self._entered):
            self.run(_leaving(context))
        self._open.result(PATIENCE).call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)


async def _entering(context: AbstractAsyncContextManager[Entered]) -> Entered:
    return await context.__aenter__()


async def _leaving(context: AbstractAsyncContextManager[Any]) -> None:
    await context.__aexit__(None, None, None)

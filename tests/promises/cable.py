"""The wire between the bot and what it talks to, which can be cut, go silent, drip, or carry somebody else's words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
DRIP = 0.05  # seconds a byte
LOOK_EVERY = 0.05  # seconds


class Cable:
    """Forwards TCP to whatever `far` opens. `mode`: "through" · "refused" (nobody listens, and who was connected is
    cut off) · "silent" (nothing passes) · "drip" (answers pass byte by byte) · "lost" (requests pass, answers cut the
    wire). `says`: what is answered instead of everything."""

    def __init__(self, far: Callable[[], Awaitable[Ends]]) -> None:
        self.mode, self.says = "through", b""
        self.port = 0
        self._far = far
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def become(self, mode: str, says: bytes = b"") -> None:
        was, self.mode, self.says = self.mode, mode, says
        if mode == "refused" or says:
            self._cut()
        if mode == "refused":
            self._stop_listening()
        elif was == "refused":
            await self.listen()
        elif mode == "through":
            self._cut()

    async def close(self) -> None:
        self._stop_listening()
        meetings = list(self._open.values())
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)

    def _stop_listening(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Known from now on: a task that is cancelled before it begins could not hang up."""
        if self._server is None:  # it was accepted right before
            return writer.transport.abort()
        self._open[writer] = asyncio.create_task(self._serve(reader, writer))
        return self._open[writer].add_done_callback(lambda _: self._hang_up(writer))

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        del self._open[writer]
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await (self._answer(reader, writer) if self.says else self._join(reader, writer))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(self.says)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.mode == "silent":
            await asyncio.sleep(LOOK_EVERY)
        far_reader, far_writer = await self._far()
        there = asyncio.create_task(self._pass(reader, far_writer))
        back = asyncio.create_task(self._pass(far_reader, writer, answers=True))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            far_writer.transport.abort()

    async def _pass(self, near: asyncio.StreamReader, far: asyncio.StreamWriter, *, answers: bool = False) -> None:
        while data := await near.read(65536):
            while self.mode == "silent":
                await asyncio.sleep(LOOK_EVERY)
            if answers and self.mode == "lost":
                return
            await (self._drip(data, far) if answers and self.mode == "drip" else _whole(data, far))

    async def _drip(self, data: bytes, far: asyncio.StreamWriter) -> None:
        for nth in range(len(data)):
            if self.mode != "drip":
                return await _whole(data[nth:], far)
            await _whole(data[nth : nth + 1], far)
            await asyncio.sleep(DRIP)
        return None


async def _whole(data: bytes, far: asyncio.StreamWriter) -> None:
    far.write(data)
    await far.drain()


@contextlib.asynccontextmanager
async def cable_to(far: Callable[[], Awaitable[Ends]]) -> AsyncIterator[Cable]:
    cable = Cable(far)
    await cable.listen()
    try:
        yield cable
    finally:
        await cable.close()

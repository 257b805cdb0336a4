"""One address for several servers: each connection goes to one that is well, as a health check would have it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

CHUNK = 65536  # bytes

Healthy = Callable[[], Sequence[int]]


@asynccontextmanager
async def balanced(healthy: Healthy, rng: random.Random) -> AsyncIterator[str]:
    """Its URL. `healthy`: the ports to choose from at the moment; none: the caller is hung up on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                await _joined(reader, writer, rng.sample(list(healthy()), len(healthy())))
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ports: Sequence[int]) -> None:
    for port in ports:
        try:
            there = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            continue
        passing = [asyncio.create_task(_pass(reader, there[1])), asyncio.create_task(_pass(there[0], writer))]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            there[1].close()
        return


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()

"""HTTP as bytes: what no client would send can be sent, and what comes back is read."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self


class Answer(NamedTuple):
    """Status 0: the connection was closed without one."""

    status: int
    body: bytes = b""
    closes: bool = True


CLOSED, SILENCE = Answer(0), Answer(-1)


def request(path: str, headers: Mapping[str, str | bytes], body: bytes, *, method: str = "POST") -> bytes:
    """One request as it goes over the wire, with the length of its body."""
    lines = [f"{method} {path} HTTP/1.1".encode("latin-1", "replace"), b"Host: muster"]
    lines += [name.encode() + b": " + _bytes(value) for name, value in headers.items()]
    return b"\r\n".join([*lines, f"Content-Length: {len(body)}".encode(), b"", body])


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


class Line:
    """One connection, opened again whenever it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = None

    async def ask(self, *parts: bytes, within: float = 8.0) -> Answer:
        """Send the parts as they are, and read one answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        try:
            for part in parts:
                self._writer.write(part)
                await self._writer.drain()
            async with asyncio.timeout(within):
                answer = await self._read()
        except (ConnectionError, asyncio.IncompleteReadError):
            answer = CLOSED
        except TimeoutError:
            answer = SILENCE
        if answer.closes:
            self.hang_up()
        return answer

    async def _read(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        names = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await self._reader.readexactly(int(names.get("content-length", 0)))
        return Answer(int(head.split()[1]), body, names.get("connection") == "close")

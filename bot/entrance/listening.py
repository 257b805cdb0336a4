"""The socket that Muster listens at, and how it is left: whoever has reached it gets an answer."""

import asyncio
import contextlib
import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Callable, Iterator

from aiohttp import web

BACKLOG = 1024  # connections the kernel holds for us while we are busy
KEPT_ALIVE = 15.0  # seconds between two requests of one connection; a proxy's must be shorter
LINGER = 1.0  # seconds that those who are connected have to say what they came for
GRACE = 3.0  # seconds that requests under way have to finish
LOOK_EVERY = 0.02  # seconds
SO_ATTACH_FILTER = 26  # asm-generic/socket.h
DROP_ALL = struct.pack("HBBI", 6, 0, 0, 0)  # one instruction, "return 0": keep nothing of the packet
AIOHTTPS_OWN = logging.getLogger("aiohttp.server")


class Listening:
    """Serves `app` from `open` to `close`."""

    def __init__(
        self,
        app: web.Application,
        log: logging.Logger = AIOHTTPS_OWN,
        make_room: Callable[[web.Server], None] = lambda _: None,
    ) -> None:
        """`make_room`: called before each connection."""
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=GRACE, keepalive_timeout=KEPT_ALIVE, logger=log
        )
        self._make_room = make_room
        app.on_response_prepare.append(self._say_goodbye)
        self._server: asyncio.Server | None = None
        self._inherited = False

    async def open(self, host: str, port: int, inherited: int | None = None) -> str:
        """The address. `inherited`: a listening socket's descriptor that whoever started us holds too, so that nobody
        is refused between two of us: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html"""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        if inherited is None:
            server = await loop.create_server(self._meet, host, port, backlog=BACKLOG)
        else:
            server = await loop.create_server(self._meet, sock=socket.socket(fileno=inherited), backlog=BACKLOG)
        self._server, self._inherited = server, inherited is not None
        found = server.sockets[0].getsockname()
        return f"http://{host}:{found[1]}" if isinstance(found, tuple) else f"unix:{found}"

    @property
    def server(self) -> web.Server:
        """Knows who is connected; there is one once it is open."""
        assert self._runner.server is not None  # noqa: S101 - after setup there is one
        return self._runner.server

    def _meet(self) -> asyncio.Protocol:
        self._make_room(self.server)
        return self.server()

    async def close(self) -> None:
        """Take nobody new, serve whom the kernel has let in already, then close."""
        if self._server is not None:
            server, self._server = self._server, None
            mine = [] if self._inherited else server.sockets
            held = [socket.socket(fileno=socket.dup(each.fileno())) for each in mine]
            for each in held:
                _let_nobody_in(each)
            server.close()
            await self._serve(list(_let_in(held)))
            await self._until_all_have_left()
        await self._runner.cleanup()

    async def _serve(self, connections: list[socket.socket]) -> None:
        loop, factory = asyncio.get_running_loop(), self._runner.server
        for connection in connections:
            connection.setblocking(False)
            await loop.connect_accepted_socket(factory, connection)  # type: ignore[arg-type]

    async def _until_all_have_left(self) -> None:
        """A connection that has not said anything yet looks idle, and would be closed in the face of its request."""
        deadline = asyncio.get_running_loop().time() + LINGER
        while self._connections() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_EVERY)

    def _connections(self) -> int:
        return len(self._runner.server.connections) if self._runner.server else 0

    async def _say_goodbye(self, _request: web.Request, response: web.StreamResponse) -> None:
        if self._server is None:
            response.force_close()
            response.headers["Connection"] = "close"  # aiohttp has decided about this header before it asks us


def _let_nobody_in(listening: socket.socket) -> None:
    """On Linux a filter drops every new handshake: one that ended between the last accept and the close would be reset.
    Who knocks meanwhile knocks again a second later. https://docs.kernel.org/networking/filter.html"""
    if sys.platform == "linux":
        code = ctypes.create_string_buffer(DROP_ALL)
        with contextlib.suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(code)))


def _let_in(sockets: list[socket.socket]) -> Iterator[socket.socket]:
    """Those whom the kernel has connected and nobody has accepted: closing the socket would reset them."""
    for listening in sockets:
        listening.setblocking(False)
        with listening, contextlib.suppress(OSError):  # none is left, or no descriptor for one more
            while True:
                yield listening.accept()[0]

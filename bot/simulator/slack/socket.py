"""Socket Mode: websockets in place of requests to the bot.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from contextlib import suppress
from secrets import token_hex
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.simulator.slack.model import APP_ID, Json

MOST_CONNECTIONS = 10
CONNECTION_SECONDS = 18_060
_DEBUG = {"host": "applink-simulated"}


class Sockets:
    """The open websockets; payloads are spread over them, each answered by its `envelope_id`."""

    def __init__(self) -> None:
        self.base_url = ""
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def connected(self) -> bool:
        return bool(self._open)

    def ticketed_url(self) -> str:
        """Where one websocket may connect, once."""
        ticket = token_hex(12)
        self._tickets.add(ticket)
        return f"{self.base_url.replace('http', 'ws', 1)}/slack/socket?ticket={ticket}"

    async def connection(self, request: web.Request) -> web.StreamResponse:
        """Serves one websocket until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= MOST_CONNECTIONS:
            await self._dismiss(socket, "too_many_websockets")
            await socket.close()
            return socket
        self._open.append(socket)
        await self._hello(socket)
        await self._listen(socket)
        return socket

    async def _hello(self, socket: web.WebSocketResponse) -> None:
        debug = {**_DEBUG, "build_number": 1, "approximate_connection_time": CONNECTION_SECONDS}
        about: Json = {"num_connections": len(self._open), "debug_info": debug, "connection_info": {"app_id": APP_ID}}
        await socket.send_json({"type": "hello", **about})

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(message.json())
        finally:
            self._retire(socket)

    def _acknowledge(self, envelope: Json) -> None:
        waiting = self._waiting.get(envelope.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope.get("payload") or {})

    def _retire(self, socket: web.WebSocketResponse) -> None:
        self._open = [other for other in self._open if other is not socket]

    async def deliver(self, kind: str, payload: Json, seconds: float, **retry: Any) -> Json:
        """Sends one envelope and waits for its acknowledgement; TimeoutError or ConnectionError without one."""
        socket = self._open.pop(0)
        self._open.append(socket)
        answered = kind != "events_api"
        envelope: Json = {"envelope_id": str(uuid4()), "type": kind, "accepts_response_payload": answered}
        acknowledged = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = acknowledged
        try:
            await socket.send_json({**envelope, **retry, "payload": payload})
            return await asyncio.wait_for(acknowledged, seconds)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def refresh(self) -> None:
        """Tells every connection to come again, as Slack does every few hours; they get nothing more."""
        retiring, self._open = self._open, []
        for socket in retiring:
            await self._dismiss(socket, "refresh_requested")

    async def _dismiss(self, socket: web.WebSocketResponse, reason: str) -> None:
        with suppress(ConnectionError):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": _DEBUG})

    async def close(self) -> None:
        """Ends every connection."""
        closing, self._open = self._open, []
        for socket in closing:
            await socket.close()

"""What stands outside the doors: a server for routes, signed requests, raw ones."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from bot.outbound import trusted
from storage import Database

SIGNING, WEBHOOK = "slack-signing-secret", "pagerduty-webhook-secret"


@asynccontextmanager
async def serving(routes: Sequence[web.RouteDef]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of these routes, served as the bot serves them."""
    app = web.Application(handler_args={"auto_decompress": False})
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with httpx.AsyncClient(base_url=url, verify=trusted(), trust_env=False) as client:
            yield client
    finally:
        await runner.cleanup()


async def raw(client: httpx.AsyncClient, *parts: bytes, within: float = 3.0) -> int:
    """The status of the answer to these bytes, sent as they are; the connection stays open meanwhile."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(within):
        answer = await reader.readuntil(b"\r\n")
    writer.transport.abort()
    return int(answer.split()[1])


def pagerdutys(body: bytes, *secrets: str) -> dict[str, str]:
    """The headers PagerDuty signs a webhook with, one signature a secret."""
    signed = (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets or (WEBHOOK,))
    return {"X-PagerDuty-Signature": ",".join(f"v1={one}" for one in signed), "Content-Type": "application/json"}


def slacks(body: bytes, *, secret: str = SIGNING, age: float = 0, kind: str = "application/json") -> dict[str, str]:
    """The headers Slack signs a request with, `age` seconds ago."""
    stamp = str(int(time.time() - age))
    signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}", "Content-Type": kind}


def told(event_id: str = "EVENT1", *, kind: str = "incident.triggered", minute: int = 0, **known: Any) -> bytes:
    """A webhook about the incident Q1."""
    incident = {
        "id": "Q1", "type": "incident", "number": 7, "title": "Checkout is down", "status": "triggered",
        "urgency": "low", "service": {"id": "PSCHECK", "summary": "Checkout", "type": "service_reference"},
    }  # fmt: skip
    event = {
        "id": event_id, "event_type": kind, "resource_type": "incident",
        "occurred_at": f"2026-03-01T12:{minute:02}:00Z",
        "agent": {"id": "PUBOB", "summary": "Bob Brown", "type": "user_reference"}, "data": {**incident, **known},
    }  # fmt: skip
    return json.dumps({"event": event}).encode()


async def kinds(database: Database, stream: str = "INC-1") -> list[str]:
    return [entry.kind for entry in await database.read(lambda tx: tx.timeline(stream))]


def header(name: str, value: bytes, given: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """`given` with one header that is no text."""
    return [*((one.encode(), said.encode()) for one, said in given.items() if one != name), (name.encode(), value)]

"""The floor of intake: a server that does nothing but verify, keep one row with a shared commit, and answer.

python -m tests.bench.bare DATABASE, a file for SQLite or a postgresql:// address.
"""

import asyncio
import hashlib
import hmac
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable
from uuid import uuid4

import psycopg
import uvloop
from aiohttp import web

from bot.simulator.credentials import PAGERDUTY_WEBHOOK_SECRET
from tests.bench.requests import TOKEN

Row = tuple[str, bytes]
Keep = Callable[[list[Row]], None]
MOST = 200


def sqlite(path: str) -> Keep:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    for statement in ("PRAGMA journal_mode=wal", "PRAGMA synchronous=full", "CREATE TABLE kept (key TEXT, body BLOB)"):
        connection.execute(statement)

    def keep(rows: list[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO kept VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    return keep


def postgres(url: str) -> Keep:
    connection = psycopg.connect(url)
    connection.execute("CREATE TABLE kept (key TEXT, body BYTEA)")
    connection.commit()

    def keep(rows: list[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO kept VALUES (%s, %s)", rows)
        connection.commit()

    return keep


class Keeper:
    """One thread that commits whatever waits, all together."""

    def __init__(self, keep: Keep) -> None:
        self._keep, self._loop = keep, asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[tuple[Row, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    async def kept(self, row: Row) -> None:
        future = self._loop.create_future()
        self._waiting.put((row, future))
        await future

    def _serve(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < MOST and not self._waiting.empty():
                batch.append(self._waiting.get())
            self._keep([row for row, _ in batch])
            self._loop.call_soon_threadsafe(self._tell, [future for _, future in batch])

    def _tell(self, futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            future.set_result(None)


async def serve(database: str) -> None:
    keeper = Keeper(postgres(database) if "://" in database else sqlite(database))

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        ours = hmac.new(PAGERDUTY_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers["X-PagerDuty-Signature"], f"v1={ours}"):
            return web.Response(status=401)
        await keeper.kept((ours, body))
        return web.Response(status=202)

    async def take_any(request: web.Request) -> web.Response:
        body = await request.read()
        if not hmac.compare_digest(request.headers["Authorization"], f"Bearer {TOKEN}"):
            return web.Response(status=401)
        await keeper.kept((uuid4().hex, body))
        return web.Response(status=202)

    app = web.Application()
    app.add_routes([web.post("/pagerduty/webhook", take), web.post("/in/generic", take_any)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))

"""Whether Muster lives, is ready, and how it fares."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.domain.errors import Unavailable
from bot.domain.job import Priority
from bot.metrics import DATABASE_UP, DEAD, LATE, OLDEST, OWED, REGISTRY
from storage import Database, Owed, Transaction

T = TypeVar("T")
PATIENCE = 1.0  # seconds for the database to say that it is there


def routes(database: Database) -> list[web.RouteDef]:
    """/livez says the process answers, whatever Slack, PagerDuty and the database do; /readyz that a delivery would
    be kept and understood; /metrics what Prometheus wants to know, as far as it can be known."""

    async def livez(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        if why := await _shortcoming(database):
            return web.json_response({"ready": False, "why": why}, status=503)
        return web.json_response({"ready": True})

    async def metrics(request: web.Request) -> web.Response:
        if await _shortcoming(database) is None:
            with contextlib.suppress(Unavailable, TimeoutError):  # then what was owed when last seen stays shown
                _show(*await _asked(database, lambda tx: (tx.owed(), tx.oldest_owed())))
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def _shortcoming(database: Database) -> str | None:
    """Why nothing can be kept now, None when all is well: the one answer of /readyz and of muster_database_up."""
    try:
        why = await _asked(database, lambda tx: tx.schema_shortcoming())
    except (Unavailable, TimeoutError) as trouble:
        why = str(trouble) or "the database does not answer"
    DATABASE_UP.set(why is None)
    return why


async def _asked(database: Database, fn: Callable[[Transaction], T]) -> T:
    async with asyncio.timeout(PATIENCE):
        return await database.read(fn)


def _show(owed: Owed, oldest: Mapping[Priority, float]) -> None:
    OWED.set(owed.waiting + owed.running + owed.late)
    LATE.set(owed.late)
    for priority, seconds in oldest.items():
        OLDEST.labels(priority.name.lower()).set(seconds)
    DEAD.set(owed.dead)

"""Whether Muster lives, is ready, and how it fares."""

import asyncio
import contextlib

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.domain.errors import Unavailable
from bot.domain.job import Priority
from bot.metrics import LATE, OLDEST, OWED, REGISTRY
from storage import Database, Owed

PATIENCE = 1.0  # seconds for the database to say that it is there


def routes(database: Database) -> list[web.RouteDef]:
    """/livez says the process answers, whatever Slack, PagerDuty and the database do; /readyz that a delivery would
    be kept; /metrics what Prometheus wants to know."""

    async def livez(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        try:
            await _owed(database)
        except (Unavailable, TimeoutError) as trouble:
            why = str(trouble) or "the database does not answer"
            return web.json_response({"ready": False, "why": why}, status=503)
        return web.json_response({"ready": True})

    async def metrics(request: web.Request) -> web.Response:
        with contextlib.suppress(Unavailable, TimeoutError):  # what was owed when last seen is better than no metrics
            owed, oldest = await _owed(database), await _oldest(database)
            OWED.set(owed.waiting + owed.running + owed.late)
            LATE.set(owed.late)
            for priority, seconds in oldest.items():
                OLDEST.labels(priority.name.lower()).set(seconds)
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def _oldest(database: Database) -> dict[Priority, float]:
    async with asyncio.timeout(PATIENCE):
        return await database.read(lambda tx: tx.oldest_owed())


async def _owed(database: Database) -> Owed:
    async with asyncio.timeout(PATIENCE):
        return await database.read(lambda tx: tx.owed())

"""Fourth door: the hour strikes. Every replica ticks; each tick is put under its slot's name, so one of them wins."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.checkpoint import SECONDS
from bot.domain.errors import Unavailable
from bot.domain.job import Job, Priority
from storage import Database

log = logging.getLogger(__name__)

TICKS: Mapping[str, int] = {  # effect → seconds between two of them
    "watch_subscriptions": 120,
    "reconcile": 300,
    "find_incidents": 30,
    "mend_rooms": 300,
    "look_for_rooms": 600,
    "sweep_rooms": 60,
    "checkpoint": SECONDS,
    "auto_resolve": 60,
    "forget_answers": 60,
    "refresh_services": 3600,
    "forget_settled_jobs": 86400,
}


def slot(name: str, seconds: int, now: datetime) -> str:
    """The name of the period `now` falls into: the same on every replica."""
    start = int(now.timestamp()) // seconds * seconds
    return f"{name}@{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def strike(database: Database, name: str) -> None:
    """Owe the effect once for this slot."""
    key = slot(name, TICKS[name], datetime.now(UTC))
    job = Job(name, f"clock/{name}", priority=Priority.COSMETIC, key=key)
    try:
        await database.write(lambda tx: tx.put(job))
    except Unavailable as trouble:
        log.warning("missed the tick %s: %s", key, trouble)


def scheduler(database: Database) -> AsyncIOScheduler:
    """In memory, and a ticker only: APScheduler's job stores fire once per replica."""
    clock = AsyncIOScheduler(timezone=UTC)
    for name, seconds in TICKS.items():
        clock.add_job(
            strike, "interval", (database, name), seconds=seconds, coalesce=True, misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
    return clock

"""Bears bots that differ from the real one in what is named on the command line.

`brisk`: their Slack gate's minute is a second, for simulators that count no calls. The others are the negative
controls: mistakes a bot could make, and a harness that does not notice them is worth nothing.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot import tenure, webhooks
from bot.app import Bot
from bot.console import cli
from bot.pagerduty.rest import PagerDuty
from bot.slack.client import Slack
from storage import Database, NewDelivery
from tests.journeys import nursery

SOON = 2.0  # seconds
BRISK = 1.0  # seconds


class Hasty:
    """A database that says a delivery is kept, and keeps it soon."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, delivery: NewDelivery, *, within: float) -> None:
        async def later() -> None:
            await asyncio.sleep(SOON)
            await self._database.keep(delivery, within=within)

        task = asyncio.create_task(later())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def alter(place: Any, name: str, what: Any) -> None:
    setattr(place, name, what)


def brisk() -> None:
    alter(cli, "Bot", partial(Bot, slack_minute=BRISK))


def ack_before_commit() -> None:
    real = webhooks.routes
    alter(webhooks, "routes", lambda database, *others, **named: real(Hasty(database), *others, **named))


def blind_resend() -> None:
    async def nothing(*_: object, **__: object) -> None:
        return None

    async def none(*_: object) -> list[Any]:
        return []

    alter(Slack, "posted", nothing)
    alter(Slack, "bookmarks", none)
    alter(PagerDuty, "notes", none)


def both() -> None:
    ack_before_commit()
    blind_resend()


def unfenced() -> None:
    async def believe(_: tenure.Tenure) -> None:
        """As if the lease could not end meanwhile."""

    alter(tenure.Tenure, "prove", believe)


ALTERATIONS: Mapping[str, Callable[[], None]] = {
    "brisk": brisk, "ack-before-commit": ack_before_commit, "blind-resend": blind_resend, "both": both,
    "unfenced": unfenced,
}  # fmt: skip
CONTROLS = tuple(name for name in ALTERATIONS if name != "brisk")

if __name__ == "__main__":
    for name in sys.argv[1:]:
        ALTERATIONS[name]()
    nursery.work()

"""A town with systems that signal."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from bot.console.demo import CHOICES
from bot.domain.events import Entry
from bot.domain.incident import Incident
from bot.metrics import REGISTRY
from bot.outbound import trusted
from bot.settings.choices import Choices
from tests.eventually import eventually
from tests.journeys.town import Town, a_town, jobs_owed

NOTHING: Mapping[str, str] = {}
SECRET = "what-proves-it-0123456789"
AGAIN, TIMES = 503, 5


class Works(Town):
    """`post`: as a source would, to the bot's own address."""

    http: httpx.AsyncClient
    database_url: str

    @property
    def url(self) -> str:
        """Where the bot is."""
        return self.simulator.bot_url or ""

    async def incident_of(self, pagerduty_id: str) -> Incident | None:
        return await self.database.read(lambda tx: tx.incident_by_pagerduty_id(pagerduty_id))

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """`body` as JSON, unless `content` holds the bytes themselves; with the bearer token unless told otherwise.

        Whoever is asked to send it again does so, as a source does: on a busy machine a database may be late.
        """
        options.setdefault("headers", {"Authorization": f"Bearer {SECRET}"})
        if body is not None:
            options["json"] = body
        answers = [await self.http.post(f"{self.simulator.bot_url}{path}", **options)]
        while answers[-1].status_code == AGAIN and len(answers) < TIMES:
            answers.append(await self.http.post(f"{self.simulator.bot_url}{path}", **options))
        return answers[-1]

    async def said(self, source: str) -> list[Entry]:
        """The timeline of the source."""
        return await self.database.read(lambda tx: tx.timeline(f"source:{source}"))

    def alerts(self) -> dict[str, str]:
        """PagerDuty's, by their keys: how they stand."""
        return {key: alert.status for (_, key), alert in self.pagerduty.account.alerts.items()}

    async def is_still(self) -> bool:
        """Whether nothing is under way."""
        return not await self.database.read(jobs_owed) and self.pagerduty.webhooks.idle

    def sent(self, what: str = "*") -> list[Mapping[str, Any]]:
        """What the Events API was asked, oldest first."""
        return [call.name for call in self.faults.calls(f"events:{what}")]  # type: ignore[misc]


def misunderstood(source: str) -> float:
    """Deliveries, as the metric counts them."""
    return REGISTRY.get_sample_value("muster_deliveries_not_understood_total", {"source": source}) or 0.0


def source(adapter: str, **more: Any) -> dict[str, Any]:
    return {"adapter": adapter, "verify": {"bearer": SECRET}, "route": {"service": "Checkout"}, **more}


@asynccontextmanager
async def works(
    database_url: str, sources: Mapping[str, Any], environ: Mapping[str, str] = NOTHING, **choices: Any
) -> AsyncIterator[Works]:
    """`environ`: what the bot is told besides."""
    wanted = Choices.model_validate({**CHOICES.model_dump(exclude_defaults=True), "sources": sources, **choices})
    http = httpx.AsyncClient(verify=trusted(), trust_env=False)
    async with a_town(database_url, wanted, **environ) as town, http:
        there = Works(town.simulator, town.database)
        there.http, there.database_url = http, database_url
        town.slack.user("Alice").is_admin = True
        yield there
        with suppress(AssertionError):  # what is under way would be cut off half-way; what waits may wait for ever
            await eventually(there.is_still, within=5.0)

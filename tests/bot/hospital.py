"""Where the doctor's tests find a patient: healthy, until a test makes it ill."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot import health
from bot.config import Config
from bot.console.demo import environment
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.simulator import Simulator
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty.subscriptions import Subscription
from bot.simulator.slack import Slack
from bot.slack.methods import scopes
from storage import Database

BOT = "U0MUSTER"
SIGNING_SECRET = "0123456789abcdef" * 2


class Setting:
    """The outside world, and what the operator wrote: the environment and muster.yaml."""

    def __init__(self, simulator: Simulator, environ: dict[str, str], folder: Path) -> None:
        self.simulator, self.environ, self.folder = simulator, environ, folder
        self.yaml: dict[str, Any] = {}
        self.slack, self.pagerduty = simulator.slack, simulator.pagerduty

    @property
    def subscription(self) -> Subscription:
        return self.pagerduty.subscriptions[0]

    def write(self, name: str, text: str, mode: int = 0o600) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def told(self) -> dict[str, str]:
        """The environment as the process would see it."""
        return {**self.environ, "MUSTER_CONFIG": self.write("muster.yaml", yaml.safe_dump(self.yaml))}

    def config(self) -> Config:
        return Config.read(self.told())


Plant = Callable[[Setting], None]


@asynccontextmanager
async def healthy(database_url: str, folder: Path) -> AsyncIterator[Setting]:
    """Everything is as it should be: the doctor finds nothing to mend and has nothing to advise."""
    faults, news = Faults(), News()
    pretended = Slack(faults, news, lambda: simulator.bot_url, scopes=frozenset(scopes()))
    simulator = Simulator(slack=pretended)
    async with simulator, served(*health.routes(Database(database_url, Reactions(Routing())))) as muster:
        simulator.bot_url = muster
        simulator.slack.channel("incidents").members.add(BOT)
        environ = {
            **environment(simulator), "DATABASE_URL": database_url, "MUSTER_PUBLIC_URL": muster,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET, "PAGERDUTY_FROM": "alice@example.com",
        }  # fmt: skip
        setting = Setting(simulator, environ, folder)
        setting.yaml = {"anchors": {"syslog": "/dev/log"}}
        yield setting


@asynccontextmanager
async def served(*routes: web.RouteDef) -> AsyncIterator[str]:
    """The address where these are answered."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()

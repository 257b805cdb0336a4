"""What the page looks at and drives: a simulator, seen from here without importing it back."""

from typing import Any, Protocol

from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty import PagerDuty
from bot.simulator.slack import Slack

Json = dict[str, Any]


class World(Protocol):
    """`bot.simulator.Simulator`, as much of it as the page uses."""

    @property
    def slack(self) -> Slack: ...

    @property
    def pagerduty(self) -> PagerDuty: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def news(self) -> News: ...

    @property
    def url(self) -> str: ...

    @property
    def bot_url(self) -> str | None: ...

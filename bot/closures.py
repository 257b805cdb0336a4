"""Retry-After, shared: what one replica is told by a vendor, the gates of all of them heed."""

import time
from collections.abc import Mapping

from bot.pagerduty.pace import Gate as PagerDutyGate
from bot.slack.pace import Gate as SlackGate

SAME = 0.05  # seconds by which two accounts of one closure may differ
PAGERDUTY, SLACK = "pagerduty", "slack:"


class Closures:
    """The gates of this process beside what the database says. Instants are seconds since the epoch."""

    def __init__(self, slack: SlackGate, pagerduty: PagerDutyGate) -> None:
        self._slack, self._pagerduty = slack, pagerduty
        self._known: dict[str, float] = {}

    def news(self) -> dict[str, float]:
        """What is closed here, and until when, that the database does not know."""
        now = time.time()
        left = {SLACK + method: seconds for method, seconds in self._slack.closed().items()}
        left[PAGERDUTY] = self._pagerduty.closed
        return {
            name: now + seconds for name, seconds in left.items()
            if seconds > 0 and now + seconds > self._known.get(name, 0.0) + SAME
        }  # fmt: skip

    def heed(self, closed: Mapping[str, float]) -> None:
        """What the database says: nobody here calls before then."""
        now, self._known = time.time(), dict(closed)
        for name, until in closed.items():
            if name == PAGERDUTY:
                self._pagerduty.close(until - now)
            else:
                self._slack.close(name.removeprefix(SLACK), until - now)

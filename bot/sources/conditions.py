"""`when` of a route: does it hold for a signal?"""

import logging
from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import Route
from bot.sources.adapter import Unmapped
from bot.sources.formula import Expression
from bot.sources.work import Exhausted, within

log = logging.getLogger(__name__)

NAMES = frozenset({"signal"})


class Condition:
    """One that cannot be told does not hold, and that is said once."""

    def __init__(self, expression: Expression, source: str) -> None:
        self._expression, self._source = expression, source
        self._said = False

    def holds(self, signal: Signal) -> bool:
        try:
            with within():
                return bool(self._expression.of({"signal": spoken(signal)}))
        except (Unmapped, Exhausted) as trouble:
            if not self._said:
                log.warning("a condition of the source %s counts as not holding: %s", self._source, trouble)
            self._said = True
            return False


def condition(route: Route, source: str) -> Condition:
    """Misuse when its `when` cannot be read."""
    place = f"routes.{route.name}.when" if route.name else "route.when"
    return Condition(Expression(route.when or "", place, NAMES), source)


def spoken(signal: Signal) -> dict[str, Any]:
    """A signal as expressions see it; the members are PagerDuty's, and null where there is nothing."""
    return {
        "action": signal.action, "dedup_key": signal.dedup_key, "summary": signal.summary,
        "severity": signal.severity, "source": signal.source, "component": signal.component, "group": signal.group,
        "class": signal.class_, "timestamp": signal.timestamp, "custom_details": dict(signal.custom_details),
        "client": signal.client, "client_url": signal.client_url, "tags": list(signal.tags),
        "links": [{"href": link.href, "text": link.text} for link in signal.links],
    }  # fmt: skip

"""How fast we may go: https://developer.pagerduty.com/docs/rest-api-rate-limits"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.domain.errors import Unavailable

TOO_MANY_REQUESTS = 429
WINDOW = 61.0  # seconds; the budget is per minute, and one call may take a second longer to get there than another
UNSAID = 5.0  # seconds to wait after a 429 that does not say how long
LONGEST = 3600.0  # seconds; nobody is believed who says more


class Gate:
    """A budget of calls per minute that all callers share, and that closes for all of them at once.

    Who comes while it is closed waits at most `patience` seconds; longer waits are Unavailable(retry_after), so that a
    job is put off instead of holding a worker. `clock` is in seconds and only ever compared with itself. PagerDuty
    allows 960 calls a minute for one key; the default leaves room for others that use ours.
    """

    def __init__(
        self, per_minute: int = 900, *, patience: float = 2.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_minute = per_minute
        self._patience = patience
        self._clock = clock
        self._entered: deque[float] = deque(maxlen=per_minute)
        self._closed_until = -math.inf

    async def enter(self) -> None:
        """Returns when one call may go out; raises Unavailable when that would take too long."""
        while (wait := self.wait) > 0:
            if wait > self._patience:
                raise Unavailable("PagerDuty's rate limit is used up", retry_after=wait, reached=False)
            await asyncio.sleep(wait)
        self._entered.append(self._clock())

    @property
    def wait(self) -> float:
        """Seconds until a call may go out; 0 or less: now."""
        is_full = len(self._entered) == self._per_minute
        free_at = self._entered[0] + WINDOW if is_full else -math.inf
        return max(free_at, self._closed_until) - self._clock()

    @property
    def closed(self) -> float:
        """Seconds for which PagerDuty wants to be left alone; 0 or less: it does not."""
        return self._closed_until - self._clock()

    def close(self, seconds: float) -> None:
        """For everyone; never shortens a closure."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def heed(self, status: int, headers: Mapping[str, str]) -> None:
        """Closes when an answer says that the limit is reached, or that the next call would reach it."""
        if status == TOO_MANY_REQUESTS:
            self.close(told_to_wait(headers) or UNSAID)
        elif headers.get("ratelimit-remaining", "").strip() == "0":
            self.close(_seconds(headers.get("ratelimit-reset")) or 0)


def told_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, from Retry-After (a number or a date) or ratelimit-reset; None when neither is said."""
    return _seconds(headers.get("retry-after")) or _seconds(headers.get("ratelimit-reset"))


def _seconds(said: str | None) -> float | None:
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said)
    return min(seconds, LONGEST) if seconds > 0 else None


def _until(date: str) -> float:
    """Seconds from now to an HTTP date; 0 when it is none."""
    try:
        told = parsedate_to_datetime(date)
        return (told.replace(tzinfo=told.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0

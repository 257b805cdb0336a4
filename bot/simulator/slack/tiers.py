"""Rate limits: each method has its own budget, chat.postMessage one per channel and one per workspace.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import math
import time
from collections import defaultdict, deque

SPECIAL = 600
"""Calls a minute of methods whose limit Slack gives as "hundreds"."""
POSTING_BURST = 3
"""Seconds over which one message a second and channel may be bunched."""
POSTING_PER_MINUTE = 300


class Tiers:
    """Counts calls in sliding windows. `minute` is its length in seconds, shorter when a test is in a hurry."""

    def __init__(self) -> None:
        self.minute = 60.0
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, method: str, per_minute: int, channel: str) -> int | None:
        """Counts one call; or, when it is one too many, the whole seconds to wait (Retry-After)."""
        budgets = [(method, per_minute, self.minute)]
        if method == "chat.postMessage":
            a_second = self.minute / 60
            budgets = [
                (method, POSTING_PER_MINUTE, self.minute),
                (f"{method} {channel}", POSTING_BURST, POSTING_BURST * a_second),
            ]
        now = time.monotonic()
        waits = [self._full_for(key, limit, window, now) for key, limit, window in budgets]
        if max(waits) > 0:
            return max(1, math.ceil(max(waits)))
        for key, _, _ in budgets:
            self._calls[key].append(now)
        return None

    def _full_for(self, key: str, limit: int, window: float, now: float) -> float:
        calls = self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        return calls[0] + window - now if len(calls) >= limit else 0.0

"""What Slack writes down of its limits: every call, every 429, and who came back before the time it was told."""

import time
from collections import Counter

from bot.simulator.slack.tiers import Tiers


class Books(Tiers):
    def __init__(self, minute: float) -> None:
        super().__init__()
        self.minute = minute
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.came_too_soon: Counter[str] = Counter()
        self._closed_until: dict[str, float] = {}

    def wait(self, method: str, per_minute: int, channel: str) -> int | None:
        now = time.monotonic()
        self.calls[method] += 1
        self.came_too_soon[method] += now < self._closed_until.get(method, 0.0)
        seconds = super().wait(method, per_minute, channel)
        if seconds:
            self.refused[method] += 1
            self._closed_until[method] = now + seconds
        return seconds

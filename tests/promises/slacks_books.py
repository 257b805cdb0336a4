"""What Slack writes down of its limits: every call, every 429, and who came back before the time it was told. It says
429 now and then though its tiers allow the call, as it may; else nobody would be told to come back later."""

import time
from collections import Counter

from bot.simulator.slack.tiers import Tiers

UNDER_WAY = 0.5  # seconds within which a call may have left before the 429 was heard
WHIM = {"chat.postMessage": 15, "chat.update": 15}  # the call of each that Slack refuses though its tier allows it
PAUSE = 2  # seconds it then says to wait


class Books(Tiers):
    def __init__(self, minute: float) -> None:
        super().__init__()
        self.minute = minute
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.came_too_soon: Counter[str] = Counter()
        self._closed: dict[str, tuple[float, float]] = {}

    def wait(self, method: str, per_minute: int, channel: str) -> int | None:
        now = time.monotonic()
        self.calls[method] += 1
        heard, opens = self._closed.get(method, (0.0, 0.0))
        self.came_too_soon[method] += heard + UNDER_WAY < now < opens
        seconds = super().wait(method, per_minute, channel)
        if self.calls[method] == WHIM.get(method):
            seconds = PAUSE
        if seconds:
            self.refused[method] += 1
            self._closed[method] = (now, now + seconds)
        return seconds

"""How often we may call: one budget per method, one per channel for messages, shared by all who call."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count

from bot.domain.errors import Unavailable
from bot.domain.job import Priority
from bot.slack.methods import METHODS, POSTING_SECONDS, POSTS_A_CHANNEL, Method

PATIENCE = 3.0
"""Seconds a call may wait here; a longer wait is the queue's, where it holds nothing up."""

Ticket = tuple[Priority, int]


class Window:
    """At most `most` calls in any `seconds`; who waits comes by priority, then in order of arrival.

    `first` and `shared` of them are kept for those priorities, as in METHODS. Slack counts a call when it arrives
    there, which we see no sooner than its answer: it counts while it is under way, and for `seconds` from then on.
    """

    def __init__(self, most: int, seconds: float, *, first: int = 0, shared: int = 0) -> None:
        self.seconds = seconds
        kept = {Priority.HUMAN: 0, Priority.FIRST: 0, Priority.SHARED: first}
        self._allowed = {priority: most - kept.get(priority, first + shared) for priority in Priority}
        self.closed_until = 0.0
        self.waiting: set[Ticket] = set()
        self._calls: dict[Ticket, float] = {}
        self._under_way: set[Ticket] = set()
        self._promised: deque[float] = deque()

    @property
    def is_idle(self) -> bool:
        return not (self._calls or self._promised or self.waiting)

    def forget(self, now: float) -> None:
        """Drops calls that count no more, and promises that have come due."""
        self._calls |= dict.fromkeys(self._under_way, now)
        self._calls = {ticket: at for ticket, at in self._calls.items() if at + self.seconds > now}
        while self._promised and self._promised[0] <= now:
            self._promised.popleft()

    def begin(self, ticket: Ticket, now: float) -> None:
        self._under_way.add(ticket)
        self._calls[ticket] = now

    def end(self, ticket: Ticket, now: float) -> None:
        self._under_way.discard(ticket)
        self._calls[ticket] = now

    def opens_for(self, ticket: Ticket, now: float) -> float:
        """When the holder of this ticket may call, once those before it have."""
        self.forget(now)
        before = sum(other < ticket for other in self.waiting)
        return max(self.closed_until, self._slot(before, self._allowed[ticket[0]], now))

    def promise(self, priority: Priority, now: float) -> float:
        """When one of the waiting, sent away, should come again: behind the others and those sent away before."""
        before = len(self.waiting) - 1 + len(self._promised)
        self._promised.append(max(self.closed_until, self._slot(before, self._allowed[priority], now)))
        return self._promised[-1]

    def _slot(self, before: int, allowed: int, now: float) -> float:
        """When a call with so many `before` it finds room: as the oldest calls leave the window, one by one."""
        needed = before + len(self._calls) - allowed
        if needed < 0:
            return now
        rounds, place = (0, needed) if needed < len(self._calls) else divmod(needed, allowed)
        leaves = sorted(self._calls.values())[place] if place < len(self._calls) else now
        return leaves + self.seconds * (1 + rounds)


Waited = Callable[[str, float], None]


class Gate:
    """One for all callers of one Slack app in one workspace. `minute` is its length in seconds, shorter in tests.

    `waited` hears of each call that was let through how many seconds it had to wait here.
    """

    def __init__(
        self, *, minute: float = 60.0, patience: float = PATIENCE, waited: Waited = lambda method, seconds: None
    ) -> None:
        self._minute = minute
        self._patience = patience
        self._waited = waited
        self._methods = {name: _window(method, minute) for name, method in METHODS.items()}
        self._channels: dict[str, Window] = {}
        self._arrivals = count()

    @asynccontextmanager
    async def turn(
        self, method: str, *, channel: str = "", priority: Priority = Priority.NORMAL
    ) -> AsyncIterator[None]:
        """Around one call: entered when it may be made; raises Unavailable at once when that is too far off."""
        windows = self._windows(method, channel)
        ticket, came = (priority, next(self._arrivals)), time.monotonic()
        with _waiting(windows, ticket):
            await self._opened(method, windows, ticket)
        for window in windows:
            window.begin(ticket, time.monotonic())
        self._waited(method, time.monotonic() - came)
        try:
            yield
        finally:
            for window in windows:
                window.end(ticket, time.monotonic())

    def close(self, method: str, seconds: float) -> None:
        """Slack said Retry-After: nobody calls this method before then. A method we no longer call needs no gate."""
        if window := self._methods.get(method):
            window.closed_until = max(window.closed_until, time.monotonic() + seconds)

    def closed(self) -> dict[str, float]:
        """The methods that Slack wants left alone, and for how many seconds more."""
        now = time.monotonic()
        return {name: one.closed_until - now for name, one in self._methods.items() if one.closed_until > now}

    async def _opened(self, method: str, windows: list[Window], ticket: Ticket) -> None:
        while (opens := max(one.opens_for(ticket, time.monotonic()) for one in windows)) > (now := time.monotonic()):
            if opens - now > self._patience:
                raise self._sent_away(method, windows, ticket[0], opens)
            await asyncio.sleep(opens - now)

    def _windows(self, method: str, channel: str) -> list[Window]:
        if method != "chat.postMessage" or not channel:
            return [self._methods[method]]
        if channel not in self._channels:
            self._channels = {name: window for name, window in self._channels.items() if self._is_busy(window)}
            self._channels[channel] = Window(POSTS_A_CHANNEL, POSTING_SECONDS * self._minute / 60)
        return [self._methods[method], self._channels[channel]]

    def _is_busy(self, window: Window) -> bool:
        window.forget(time.monotonic())
        return not window.is_idle

    def _sent_away(self, method: str, windows: list[Window], priority: Priority, opens: float) -> Unavailable:
        now = time.monotonic()
        if priority > Priority.SHARED:
            opens = max(opens, *(window.promise(priority, now) for window in windows))
        return Unavailable(f"Slack's limit for {method}", retry_after=opens - now, reached=False)


def _window(method: Method, minute: float) -> Window:
    return Window(method.per_minute, minute, first=method.first, shared=method.shared)


@contextmanager
def _waiting(windows: list[Window], ticket: Ticket) -> Iterator[None]:
    for window in windows:
        window.waiting.add(ticket)
    try:
        yield
    finally:
        for window in windows:
            window.waiting.discard(ticket)

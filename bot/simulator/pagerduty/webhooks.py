"""Delivers v3 webhooks: in order per subscription and incident, again until answered, dropped on 4xx.

https://developer.pagerduty.com/docs/webhooks-behavior
"""

import asyncio
from collections import deque
from dataclasses import dataclass

import aiohttp

from bot.simulator.calling import caller
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty.account import Happening
from bot.simulator.pagerduty.delivery import Attempt, Delivery, attempt, delivery_of
from bot.simulator.pagerduty.subscriptions import Subscription

NEIGHBOUR_WITHIN = 0.5
"""Seconds that a reordered webhook waits for another of its incident to go first."""

Lane = tuple[Subscription, str]


@dataclass
class Retries:
    """The real one retries for 48 hours; this clock is faster. Seconds between tries grow from `first` to `longest`.

    An answer later than `answer_within` seconds counts as none.
    """

    answer_within: float = 5.0
    tries: int = 60
    first: float = 0.2
    growth: float = 1.5
    longest: float = 2.0

    def pause(self, tried: int) -> float:
        """Seconds to wait after the `tried`-th try, counted from 1."""
        return float(min(self.first * self.growth ** (tried - 1), self.longest))


class Webhooks:
    """A queue and a task per lane; a webhook that must be sent again holds back its lane and no other."""

    def __init__(self, faults: Faults, news: News, retries: Retries) -> None:
        self.subscriptions: list[Subscription] = []
        self.deliveries: list[Delivery] = []
        self.retries = retries
        self._faults, self._news = faults, news
        self._queues: dict[Lane, deque[Delivery]] = {}
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def idle(self) -> bool:
        """Nothing is queued or under way."""
        return not self._tasks

    async def start(self) -> None:
        """Sends what was queued before, and everything from now on."""
        self._session = caller()
        for lane in self._queues:
            self._run(lane)

    async def stop(self) -> None:
        """Forgets what is under way."""
        tasks, self._tasks = list(self._tasks.values()), {}
        self._queues.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def tell(self, happening: Happening) -> None:
        """Queues it for every subscription that wants it. Never waits."""
        for subscription in self.subscriptions:
            if subscription.wants(happening):
                self._put(delivery_of(happening, subscription))
        self._news.publish("pagerduty")

    def _put(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        lane = (delivery.subscription, delivery.resource)
        self._queues.setdefault(lane, deque()).append(delivery)
        self._run(lane)

    def _run(self, lane: Lane) -> None:
        if self._session is not None and lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._drain(lane, self._session))

    async def _drain(self, lane: Lane, session: aiohttp.ClientSession) -> None:
        queue = self._queues[lane]
        while queue:
            for delivery in await self._next(queue):
                await self._deliver(delivery, session)
                self._news.publish("pagerduty")
        del self._queues[lane], self._tasks[lane]

    async def _next(self, queue: deque[Delivery]) -> list[Delivery]:
        """The next one; while "webhook-reordered" is on, the next two in swapped order."""
        if "webhook-reordered" not in self._faults.switched():
            return [queue.popleft()]
        deadline = asyncio.get_running_loop().time() + NEIGHBOUR_WITHIN
        while len(queue) < 2 and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        return [queue.popleft() for _ in range(min(2, len(queue)))][::-1]

    async def _deliver(self, delivery: Delivery, session: aiohttp.ClientSession) -> None:
        subscription = delivery.subscription
        if subscription.temporarily_disabled or subscription not in self.subscriptions:
            delivery.outcome = "dropped"
            return
        delivery.outcome = await self._outcome(delivery, session)
        if delivery.outcome == "delivered" and "webhook-duplicates" in self._faults.switched():
            await self._attempt(delivery, session)
        subscription.count(dropped=delivery.outcome == "dropped")

    async def _outcome(self, delivery: Delivery, session: aiohttp.ClientSession) -> str:
        for tried in range(1, self.retries.tries + 1):
            status = (await self._attempt(delivery, session)).status
            if status is not None and 200 <= status < 300:
                return "delivered"
            if status is not None and status < 500 and status != 429:
                return "dropped"
            await asyncio.sleep(self.retries.pause(tried))
        return "dropped"

    async def _attempt(self, delivery: Delivery, session: aiohttp.ClientSession) -> Attempt:
        return await attempt(session, self._faults, delivery, self.retries.answer_within)

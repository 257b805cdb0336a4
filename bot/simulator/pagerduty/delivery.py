"""One webhook on its way: its bytes, its headers, and what each attempt was answered."""

import asyncio
import json
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import aiohttp

from bot.simulator.faults import Faults
from bot.simulator.pagerduty.account import Happening
from bot.simulator.pagerduty.subscriptions import Subscription


class Attempt(NamedTuple):
    """`status` is None when nothing came back; `seconds` is how long it took, `at` a `time.monotonic()`."""

    at: float
    status: int | None
    seconds: float
    answer: str


@dataclass(eq=False)
class Delivery:
    """`outcome` is "under way", "delivered" or "dropped"."""

    subscription: Subscription
    event_type: str
    event_id: str
    resource: str
    body: bytes
    webhook_id: str = field(default_factory=lambda: str(uuid4()))
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = "under way"

    @property
    def status(self) -> int | None:
        """The last answer's."""
        return self.attempts[-1].status if self.attempts else None

    def headers(self) -> dict[str, str]:
        """The same on every attempt."""
        return {
            **self.subscription.custom_headers,
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": "PagerDuty-Webhook/V3.0",
            "x-pagerduty-signature": self.subscription.signature(self.body),
            "x-webhook-id": self.webhook_id,
            "x-webhook-subscription": self.subscription.id,
        }


def delivery_of(happening: Happening, subscription: Subscription) -> Delivery:
    event = happening.body["event"]
    body = json.dumps(happening.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Delivery(subscription, happening.event_type, event["id"], happening.resource, body)


async def attempt(session: aiohttp.ClientSession, faults: Faults, delivery: Delivery, within: float) -> Attempt:
    """Sends it once, as the faults named `webhook:<event type>` would have it."""
    fault = faults.hit(f"webhook:{delivery.event_type}")
    began = monotonic()
    await asyncio.sleep(fault.latency)
    if fault.down or fault.status:
        status, answer = fault.status, f"not sent: {fault.outcome}"
    else:
        status, answer = await _post(session, delivery, within)
    tried = Attempt(began, None if fault.lost_reply else status, monotonic() - began, answer)
    delivery.attempts.append(tried)
    return tried


async def _post(session: aiohttp.ClientSession, delivery: Delivery, within: float) -> tuple[int | None, str]:
    url = delivery.subscription.url()
    if url is None:
        return None, "nobody listens yet"
    timeout = aiohttp.ClientTimeout(total=within)
    sent = session.post(url, data=delivery.body, headers=delivery.headers(), timeout=timeout, allow_redirects=False)
    try:
        async with sent as response:
            return response.status, (await response.text())[:500]
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
        return None, repr(error)

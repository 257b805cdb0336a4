"""The Events API: what the bot subscribed to, delivered again until it says 200.

https://docs.slack.dev/apis/events-api#retries
"""

import asyncio
import time
from secrets import token_hex
from typing import Any

from bot.simulator.slack.delivery import Delivery, Parcel, Reply
from bot.simulator.slack.model import APP_ID, BOT_USER_ID, TEAM_ID, Json

VERIFICATION_TOKEN = "simulated-verification-token"
SUBSCRIPTIONS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_created",
        "group_archive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "reaction_removed",
    }
)
"""Every event the simulator can cause, as a manifest names it."""


class Events:
    """Sends events in the background. `retry_after` are seconds; Slack's are 0, 60 and 300."""

    def __init__(self, delivery: Delivery) -> None:
        self.subscriptions: frozenset[str] = SUBSCRIPTIONS
        self.retry_after: tuple[float, ...] = (0.1, 0.3, 0.5)
        self._delivery = delivery
        self._under_way: set[asyncio.Task[Reply]] = set()

    def emit(self, subscription: str, event: Json) -> None:
        """Starts a delivery, when the bot subscribed and can be reached at all."""
        if subscription not in self.subscriptions or not self._delivery.possible:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(_parcel(event)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def verify_url(self) -> bool:
        """Asks the bot's URL for the challenge, as Slack does when it is set."""
        challenge = token_hex(16)
        asked = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        reply = await self._delivery.send(Parcel("events_api", "url_verification", asked))
        return reply.accepted and challenge in reply.text

    async def settled(self, within: float) -> None:
        """Waits, `within` seconds at most, until nothing is under way; TimeoutError otherwise."""
        async with asyncio.timeout(within):
            while self._under_way:
                await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        """Gives up what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _deliver(self, parcel: Parcel) -> Reply:
        reply = await self._delivery.send(parcel)
        for attempt, seconds in enumerate(self.retry_after, start=1):
            if reply.accepted or reply.no_retry:
                break
            await asyncio.sleep(seconds)
            reply = await self._delivery.send(parcel, attempt=attempt, reason=reply.reason)
        return reply


def _parcel(event: Json) -> Parcel:
    """The outer event: https://docs.slack.dev/apis/events-api#callback-field"""
    kind = event["type"]
    authorization: dict[str, Any] = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
    body: Json = {"token": VERIFICATION_TOKEN, "team_id": TEAM_ID, "api_app_id": APP_ID, "event": event}
    body |= {"type": "event_callback", "event_id": f"Ev{token_hex(5).upper()}", "event_time": int(time.time())}
    body |= {"authorizations": [{**authorization, "is_enterprise_install": False}], "is_ext_shared_channel": False}
    return Parcel("events_api", kind, body | {"event_context": f"1-{kind}-{TEAM_ID}-{APP_ID}"})

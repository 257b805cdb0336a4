"""One delivery to the bot: signed over HTTP, or through a websocket when one is open.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TooManyRedirects

from bot.simulator import credentials
from bot.simulator.calling import caller
from bot.simulator.faults import Fault, Faults
from bot.simulator.slack.model import Json
from bot.simulator.slack.socket import Sockets

PATIENCE = 3.0
"""Seconds within which the bot must answer."""
MOST_REDIRECTS = 2
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Parcel(NamedTuple):
    """What is to be delivered. `envelope` is Socket Mode's word for it, `name` the one faults know it by."""

    envelope: str
    name: str
    payload: Json


@dataclass(frozen=True)
class Reply:
    """What the bot answered; status 0 with `failure`, in the words of x-slack-retry-reason, when nothing came."""

    status: int
    text: str = ""
    failure: str = ""
    no_retry: bool = False

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        return self.failure or "http_error"


class Delivered(NamedTuple):
    """One entry of the log."""

    parcel: Parcel
    reply: Reply
    attempt: int


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


class Delivery:
    """Sends parcels. `log` keeps the last thousand with the bot's answers."""

    def __init__(self, faults: Faults, sockets: Sockets, bot_url: Callable[[], str | None]) -> None:
        self.log: deque[Delivered] = deque(maxlen=1000)
        self.patience = PATIENCE
        self._faults = faults
        self._sockets = sockets
        self._bot_url = bot_url
        self._session: ClientSession | None = None

    @property
    def possible(self) -> bool:
        """Whether there is a bot to deliver to."""
        return self._session is not None and (self._sockets.connected or bool(self._bot_url()))

    async def start(self) -> None:
        self._session = caller(headers={"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"})

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = None

    async def send(self, parcel: Parcel, *, attempt: int = 0, reason: str = "") -> Reply:
        """Delivers once. `attempt` and `reason` say that it is a retry."""
        fault = self._faults.hit(f"slack-out:{parcel.name}")
        if fault.latency:
            await asyncio.sleep(fault.latency)
        reply = _instead(fault) or await self._sent(parcel, attempt, reason)
        if fault.lost_reply:
            reply = Reply(0, failure="http_timeout")
        self.log.append(Delivered(parcel, reply, attempt))
        return reply

    async def _sent(self, parcel: Parcel, attempt: int, reason: str) -> Reply:
        try:
            if self._sockets.connected:
                return await self._through_socket(parcel, attempt, reason)
            return await self._over_http(parcel, attempt, reason)
        except TimeoutError:
            return Reply(0, failure="http_timeout")
        except TooManyRedirects:
            return Reply(0, failure="too_many_redirects")
        except (ClientError, ConnectionError):
            return Reply(0, failure="connection_failed")

    async def _through_socket(self, parcel: Parcel, attempt: int, reason: str) -> Reply:
        retry = {"retry_attempt": attempt, "retry_reason": reason} if parcel.envelope == "events_api" else {}
        answer = await self._sockets.deliver(parcel.envelope, parcel.payload, self.patience, **retry)
        return Reply(200, json.dumps(answer) if answer else "")

    async def _over_http(self, parcel: Parcel, attempt: int, reason: str) -> Reply:
        bot_url = self._bot_url()
        if self._session is None or bot_url is None:
            return Reply(0, failure="connection_failed")
        headers = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason} if attempt else {}
        body, signed = _packed(parcel)
        async with self._session.post(
            f"{bot_url}/slack/events",
            data=body,
            headers=signed | headers,
            timeout=ClientTimeout(self.patience),
            max_redirects=MOST_REDIRECTS,
        ) as response:
            no_retry = response.headers.get("x-slack-no-retry") == "1"
            return Reply(response.status, await response.text(errors="replace"), no_retry=no_retry)


def _instead(fault: Fault) -> Reply | None:
    if fault.down:
        return Reply(0, failure="connection_failed")
    if fault.status or fault.error:
        return Reply(fault.status or 500, fault.error or "")
    return Reply(200, "<html></html>") if fault.garbage else None


def _packed(parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    """The body and its signed headers: commands as a form, interactions as a form with one field, events as JSON."""
    kinds = {"slash_commands": FORM, "interactive": FORM, "events_api": JSON}
    if parcel.envelope == "slash_commands":
        body = urlencode(parcel.payload).encode()
    elif parcel.envelope == "interactive":
        body = urlencode({"payload": json.dumps(parcel.payload)}).encode()
    else:
        body = json.dumps(parcel.payload).encode()
    timestamp = str(int(time.time()))
    signed = signature(credentials.SLACK_SIGNING_SECRET, timestamp, body)
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signed}
    return body, {"Content-Type": kinds[parcel.envelope], **headers}

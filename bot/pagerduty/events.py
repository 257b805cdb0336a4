"""PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from bot.domain.errors import Refused
from bot.domain.source import parted
from bot.pagerduty.errors import System
from bot.pagerduty.pace import Gate
from bot.pagerduty.wire import Wire

Action = Literal["trigger", "acknowledge", "resolve"]
Severity = Literal["critical", "error", "warning", "info"]

NOWHERE_ELSE: Mapping[str, str] = {}
NOWHERE = "nowhere"
"""The code of a refusal: the account of the key is not known here, which an operator can mend."""
PER_MINUTE = 120  # for one routing key
LONGEST_SUMMARY, LONGEST_KEY, MOST_LINKS = 1024, 255, 50


class EventsApi:
    """Sends with a service's routing key, which is all the permission there is.

    PagerDuty's 202 says that an event was taken, not that its key leads anywhere.
    """

    def __init__(
        self, http: httpx.AsyncClient, *, url: str, elsewhere: Mapping[str, str] = NOWHERE_ELSE,
        answered: Callable[[System], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`elsewhere`: by account or service region, for keys that name one: what ails those is `account`'s."""
        self._answered = answered
        self._wires = {place: self._wire(http, place, where) for place, where in {**elsewhere, "": url}.items()}
        self._gates: defaultdict[str, Gate] = defaultdict(lambda: Gate(PER_MINUTE))

    def _wire(self, http: httpx.AsyncClient, place: str, where: str) -> Wire:
        system: System = "account" if place else "events"
        return Wire(http, where, system=system, answered=lambda: self._answered(system))

    async def change(
        self, routing_key: str, *, summary: str, source: str, at: datetime,
        links: Sequence[str] = (), custom_details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """A change event. PagerDuty has no deduplication here: a repeat shows twice."""
        payload = {
            "summary": _cut(summary), "source": source, "timestamp": _instant(at),
            "custom_details": dict(custom_details or {}),
        }  # fmt: skip
        body = {"payload": payload, "links": [{"href": link, "text": link} for link in links[:MOST_LINKS]]}
        await self._send(routing_key, "/v2/change/enqueue", body)

    async def trigger(
        self, routing_key: str, *, dedup_key: str, summary: str, source: str, severity: Severity = "critical",
        at: datetime | None = None, custom_details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Opens an alert, or repeats the open one that has this `dedup_key`."""
        payload: dict[str, Any] = {"summary": _cut(summary), "source": source, "severity": severity}
        if at is not None:
            payload["timestamp"] = _instant(at)
        if custom_details:
            payload["custom_details"] = dict(custom_details)
        await self.enqueue(routing_key, "trigger", dedup_key=dedup_key, payload=payload)

    def took(self) -> None:
        """What was sent arrived, although its answer was lost: it answers after all, and may be asked nothing else for
        days."""
        self._answered("events")

    async def enqueue(
        self, routing_key: str, action: Action, *, dedup_key: str, payload: Mapping[str, Any] | None = None
    ) -> None:
        """An event as it is; acknowledging or resolving what is not open is dropped by PagerDuty without a word."""
        if not 0 < len(dedup_key) <= LONGEST_KEY:
            raise Refused(f"A dedup_key has 1 to {LONGEST_KEY} characters, this one {len(dedup_key)}", code="400")
        body = {"event_action": action, "dedup_key": dedup_key}
        await self._send(routing_key, "/v2/enqueue", {**body, "payload": dict(payload)} if payload else body)

    async def send(self, routing_key: str, path: str, body: Mapping[str, Any]) -> None:
        """An event that is put together already; `path` is /v2/enqueue or /v2/change/enqueue."""
        await self._send(routing_key, path, body)

    async def _send(self, routing_key: str, path: str, body: Mapping[str, Any]) -> None:
        if not routing_key:
            raise Refused("The service has no Events API v2 integration key: add the integration to it", code="400")
        place, bare = parted(routing_key)
        wire = self._wires.get(place)
        if wire is None:
            raise Refused(f"muster.yaml names no account {place} any more: put it back", code=NOWHERE)
        gate, message = self._gates[routing_key], {"routing_key": bare, **body}
        await wire.ask(gate, "POST", path, headers={}, body=message, secret=bare)


def _cut(summary: str) -> str:
    return summary if len(summary) <= LONGEST_SUMMARY else summary[: LONGEST_SUMMARY - 1] + "…"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

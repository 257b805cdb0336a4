"""The Events API v2 over HTTP: https://developer.pagerduty.com/docs/send-alert-event.

An answer says only that the event is well formed: a key nobody has is accepted like any other.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.simulator.faults import Faults, answer
from bot.simulator.news import News
from bot.simulator.pagerduty import alerts, change_events
from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.event_rules import alert_complaints, change_complaints

Event = dict[str, Any]
Complaints = Callable[[Event], list[str]]
Act = Callable[[Event], dict[str, str]]
LARGEST = 512 * 1024
"""Bytes."""
PER_MINUTE = 120
"""Calls per routing key in a sliding minute, while `limits` is on."""


class EventsApi:
    """Two doors, one for alerts and one for changes."""

    def __init__(self, account: Account, faults: Faults, news: News) -> None:
        self.limits = False
        self._account, self._faults, self._news = account, faults, news
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/events/v2/enqueue", self._door(alert_complaints, self._alert)),
            web.post("/events/v2/change/enqueue", self._door(change_complaints, self._change)),
        ]

    def _door(self, complaints: Complaints, act: Act) -> Any:
        async def come_in(request: web.Request) -> web.StreamResponse:
            async def taken() -> web.StreamResponse:
                return self._take(await request.read(), complaints, act)

            name = f"events:POST {request.path.removeprefix('/events')}"
            return await answer(self._faults, name, request, taken)

        return come_in

    def _take(self, body: bytes, complaints: Complaints, act: Act) -> web.Response:
        event = _parsed(body)
        wrong = ["Event object format is unrecognized"] if event is None else complaints(event)
        if event is None or wrong:
            return _invalid(wrong)
        if self._too_many(event["routing_key"]):
            return _too_many()
        answered = act(event)
        self._news.publish("pagerduty")
        return web.json_response({"status": "success", **answered}, status=202)

    def _alert(self, event: Event) -> dict[str, str]:
        event["dedup_key"] = event.get("dedup_key") or uuid4().hex
        alerts.accept(self._account, event)
        return {"message": "Event processed", "dedup_key": event["dedup_key"]}

    def _change(self, event: Event) -> dict[str, str]:
        change_events.accept(self._account, event)
        return {"message": "Change event processed"}

    def _too_many(self, key: str) -> bool:
        calls = self._calls[key]
        while calls and calls[0] < monotonic() - 60:
            calls.popleft()
        calls.append(monotonic())
        return self.limits and len(calls) > PER_MINUTE


def _parsed(body: bytes) -> Event | None:
    """None for what is too large, not JSON, or not an object."""
    try:
        event = json.loads(body) if len(body) <= LARGEST else None
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _invalid(complaints: list[str]) -> web.Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": complaints}
    return web.json_response(body, status=400)


def _too_many() -> web.Response:
    message = "Requests for this service are arriving too quickly. Please retry later."
    return web.json_response({"status": "throttle exceeded", "message": message}, status=429)

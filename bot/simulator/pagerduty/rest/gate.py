"""The edge of the REST API: who may call, how often, and how a refusal is answered."""

import json
from collections import deque
from time import monotonic
from typing import Any

from aiohttp import web

from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from bot.simulator.faults import Faults, answer
from bot.simulator.news import News
from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.refusals import Refusal, invalid
from bot.simulator.pagerduty.rest import incident_changes, incident_parts, incidents, integrations, people, services
from bot.simulator.pagerduty.rest import webhook_subscriptions as subscriptions
from bot.simulator.pagerduty.rest.call import Call, Endpoint
from bot.simulator.pagerduty.subscriptions import Subscription

ENDPOINTS = (
    *incidents.ENDPOINTS,
    *incident_changes.ENDPOINTS,
    *incident_parts.ENDPOINTS,
    *people.ENDPOINTS,
    *services.ENDPOINTS,
    *integrations.ENDPOINTS,
    *subscriptions.ENDPOINTS,
)
ROOT = "/pagerduty"
MINUTE = 60.0
_WORDS = (f"Token token={PAGERDUTY_API_TOKEN}", f"Bearer {PAGERDUTY_API_TOKEN}")


class Gate:
    """`limits` on: more than `per_minute` calls in 60 s are refused with 429 and code 2020.

    https://developer.pagerduty.com/docs/rest-api-rate-limits
    """

    def __init__(self, account: Account, subscriptions: list[Subscription], faults: Faults, news: News) -> None:
        self.limits = False
        self.per_minute = 960
        self._account, self._subscriptions, self._faults, self._news = account, subscriptions, faults, news
        self._calls: deque[float] = deque()

    def routes(self) -> list[web.RouteDef]:
        return [web.route(each.method, ROOT + each.path, self._door(each)) for each in ENDPOINTS] + [
            web.route("*", ROOT + "/{rest:.*}", self._nowhere)
        ]

    def _door(self, endpoint: Endpoint) -> Any:
        async def come_in(request: web.Request) -> web.StreamResponse:
            async def act() -> web.StreamResponse:
                return await self._act(endpoint, request)

            return await answer(self._faults, _name(request), request, act)

        return come_in

    async def _nowhere(self, request: web.Request) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            return _refused(Refusal(404, 2100, "Not Found"), {})

        return await answer(self._faults, _name(request), request, act)

    async def _act(self, endpoint: Endpoint, request: web.Request) -> web.Response:
        headers: dict[str, str] = {}
        try:
            _known(request)
            _typed(request)
            headers = self._admitted()
            call = await self._call(request)
            body = endpoint.act(call)
        except Refusal as refusal:
            return _refused(refusal, headers or self._rate())
        if request.method != "GET":
            self._news.publish("pagerduty")
        if body is None:
            return web.Response(status=endpoint.status, headers=headers)
        return web.json_response(body, status=endpoint.status, headers=headers)

    async def _call(self, request: web.Request) -> Call:
        lists = {name: request.query.getall(name) for name in request.query}
        return Call(
            account=self._account,
            subscriptions=self._subscriptions,
            path=request.match_info,
            query=request.query,
            lists=lists,
            headers=request.headers,
            body=await _body(request),
        )

    def _admitted(self) -> dict[str, str]:
        """Counts the call; the answer's rate headers."""
        self._forget()
        if self.limits and len(self._calls) >= self.per_minute:
            raise Refusal(429, 2020, "Rate Limit Exceeded")
        self._calls.append(monotonic())
        return self._rate()

    def _rate(self) -> dict[str, str]:
        self._forget()
        reset = self._calls[0] + MINUTE - monotonic() if self._calls else MINUTE
        return {
            "ratelimit-limit": str(self.per_minute),
            "ratelimit-remaining": str(max(0, self.per_minute - len(self._calls))),
            "ratelimit-reset": str(int(reset) + 1),
        }

    def _forget(self) -> None:
        while self._calls and self._calls[0] < monotonic() - MINUTE:
            self._calls.popleft()


def _name(request: web.Request) -> str:
    return f"pagerduty:{request.method} {request.path.removeprefix(ROOT)}"


def _known(request: web.Request) -> None:
    if request.headers.get("Authorization") not in _WORDS:
        raise Refusal(401, 2006, "Authentication failed")


def _typed(request: web.Request) -> None:
    """PagerDuty's OpenAPI requires the header of every call, those without a body included."""
    if request.content_type != "application/json":
        raise invalid("Content-Type must be application/json")


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method not in ("POST", "PUT") or not request.can_read_body:
        return {}
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise invalid("Body is not JSON") from error
    if not isinstance(body, dict):
        raise invalid("Body must be a JSON object")
    return body


def _refused(refusal: Refusal, headers: dict[str, str]) -> web.Response:
    return web.json_response(refusal.answer(), status=refusal.status, headers=headers)

"""Second door, for what speaks to PagerDuty already: its requests and its answers, word for word.

https://developer.pagerduty.com/docs/send-alert-event and https://developer.pagerduty.com/docs/send-change-event
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.entrance.gate import Patience, Refusals, guarded, raw_body
from bot.receiving.inbound import Inbound, delivered, first_key
from bot.roster import Roster
from bot.sources import Source, Unmapped
from bot.sources.events_v2 import complaints
from bot.sources.naming import ALERTS, CHANGES
from bot.sources.reading import glanced

LARGEST = 512 * 1024  # bytes, as PagerDuty takes them
UNKNOWN = "'routing_key' is none that Muster was given: write it down in muster.yaml, or mend it where it is sent"
TOO_MANY = "Requests for this service are arriving too quickly. Please retry later."


class Enqueue:
    """POST /v2/enqueue and /v2/change/enqueue: 202 once durable · 400 what PagerDuty would not take, or a key that
    nobody wrote down · 413 too large · 429 too many · 503 our own trouble."""

    def __init__(self, inbound: Inbound, roster: Roster) -> None:
        self._inbound, self._roster = inbound, roster
        self._refusals = Refusals()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v2/enqueue", guarded("enqueue", self._alert)),
            web.post("/v2/change/enqueue", guarded("enqueue", self._change)),
        ]

    async def _alert(self, request: web.Request) -> web.Response:
        return await self._taken(request, ALERTS)

    async def _change(self, request: web.Request) -> web.Response:
        return await self._taken(request, CHANGES)

    async def _taken(self, request: web.Request, door: str) -> web.Response:
        try:
            body = await raw_body(request, largest=LARGEST)
            told = glanced(body)
        except web.HTTPRequestEntityTooLarge:
            return _invalid([f"the event has more than {LARGEST} bytes"], status=413)
        except Unmapped as complaint:
            return _invalid([str(complaint)])
        if wrong := complaints(told, door):
            return _invalid(wrong)
        patience = Patience()
        source = await self._source(told, request, body, patience)
        if source is None:
            self._refusals.warn(f"an event at {request.path} with a routing key that nobody wrote down")
            return _invalid([UNKNOWN])
        return await self._kept(source, request, body, door, patience)

    async def _kept(
        self, source: Source, request: web.Request, body: bytes, door: str, patience: Patience
    ) -> web.Response:
        if (wait := self._inbound.wait(source)) > 0:
            told = {"status": "throttle exceeded", "message": TOO_MANY}
            return web.json_response(told, status=429, headers={"Retry-After": str(int(wait) + 1)})
        delivery = delivered(source, request, body, door)
        await self._inbound.keep(delivery, patience)
        if door == CHANGES:
            return web.json_response({"status": "success", "message": "Change event processed"}, status=202)
        key = first_key(source, delivery)
        return web.json_response({"status": "success", "message": "Event processed", "dedup_key": key}, status=202)

    async def _source(
        self, told: Mapping[str, Any], request: web.Request, body: bytes, patience: Patience
    ) -> Source | None:
        """Whose key it is, if all else that proves the sender holds as well."""
        found = self._roster.with_key(str(told["routing_key"]), await self._inbound.states(patience))
        source = await self._inbound.standing(found.name, patience) if found else None
        return source if source and self._inbound.believes(source, request, body) else None


def _invalid(errors: list[str], status: int = 400) -> web.Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return web.json_response(body, status=status)

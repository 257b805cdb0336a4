"""A pretended Keptn: approvals that wait, and its API, as far as they are answered through it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOKEN = "a-keptn-token"
FINISHED, TRIGGERED = "sh.keptn.event.approval.finished", "sh.keptn.event.approval.triggered"
PLACE = ("project", "stage", "service")
Json = dict[str, Any]


class Keptn:
    """`waiting`: what waits for an answer, by id. `ended`: every event that ended one. `taken`: every event it was
    posted, those that changed nothing too. `refusal`: (status, what it says) to each post. While it is `down` nothing
    is answered; what it does next while it `forgets` it does without an answer, and `doubts` every token after that."""

    def __init__(self) -> None:
        self.url = ""
        self.waiting: dict[str, Json] = {}
        self.ended: list[Json] = []
        self.taken: list[Json] = []
        self.refusal: tuple[int, str] | None = None
        self.down = self.forgets = self.doubts = False

    def asks(self, event: Json) -> Json:
        """The approval-service has said already that it is at work."""
        self.waiting[event["id"]] = event
        return event

    def ends(self, asked: str, result: str, source: str = "https://keptn.example.com/bridge") -> Json:
        """As the bridge does it; the event that says so."""
        event = self.waiting.pop(asked)
        ended = {
            "specversion": "1.0", "id": f"end-of-{asked}", "source": source, "type": FINISHED, "triggeredid": asked,
            "shkeptncontext": event["shkeptncontext"],
            "data": {**{name: event["data"][name] for name in PLACE},
                     "result": result, "status": "succeeded"},
        }  # fmt: skip
        self.ended.append(ended)
        return ended

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"/api/controlPlane/v1/event/triggered/{TRIGGERED}", self._triggered),
            web.get("/api/mongodb-datastore/event", self._kept),
            web.post("/api/v1/event", self._event),
        ]

    def _trouble(self, request: web.Request) -> web.Response | None:
        if request.headers.get("x-token") != TOKEN or (self.doubts and self.taken):
            return _said(401, "unauthorized for invalid credentials")
        return _said(503, "no healthy upstream") if self.down else None

    async def _triggered(self, request: web.Request) -> web.Response:
        wanted = request.query
        found = [
            event for id_, event in self.waiting.items() if wanted.get("eventID", id_) == id_
            and all(event["data"][name] == wanted.get(name, said) for name in PLACE if (said := event["data"][name]))
        ]  # fmt: skip
        return self._trouble(request) or web.json_response({"events": found, "totalCount": len(found)})

    async def _kept(self, request: web.Request) -> web.Response:
        wanted = request.query
        found = [
            event for event in self.ended
            if event["shkeptncontext"] == wanted["keptnContext"] and event["type"] == wanted["type"]
            and event["data"]["project"] == wanted["project"]
        ]  # fmt: skip
        return self._trouble(request) or web.json_response({"events": found})

    async def _event(self, request: web.Request) -> web.Response:
        if trouble := self._trouble(request):
            return trouble
        if self.refusal:
            return _said(*self.refusal)
        event = json.loads(await request.read())
        if wrong := _complaint(event):
            return _said(400, wrong)
        self.taken.append(event)
        if event["triggeredid"] in self.waiting:
            del self.waiting[event["triggeredid"]]
            self.ended.append({**event, "id": f"keptns-own-{len(self.taken)}"})
        if self.forgets and request.transport:
            self.forgets = False
            request.transport.close()
        return web.json_response({"keptnContext": event["shkeptncontext"]})


def _complaint(event: Json) -> str:
    """As its API validates what it is sent."""
    if event.get("type") != FINISHED:  # a second `started` would keep the task open for ever
        return "unknown event type"
    missing = [name for name in (*PLACE, "result", "status") if not event["data"].get(name)]
    return f"mandatory field(s) {missing} missing" if missing else ""


def _said(status: int, message: str) -> web.Response:
    return web.json_response({"code": status, "message": message}, status=status)


@asynccontextmanager
async def pretended() -> AsyncIterator[Keptn]:
    keptn, app = Keptn(), web.Application()
    app.add_routes(keptn.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    keptn.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    try:
        yield keptn
    finally:
        await runner.cleanup()

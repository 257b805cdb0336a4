"""A PagerDuty that answers what it was told to and remembers what it was asked."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty

TOKEN = "y_hl_key"
INCIDENT: dict[str, Any] = {
    "id": "Q0HL77KIOSK1",
    "type": "incident",
    "incident_number": 418,
    "title": "Kiosks at pier 3 print blank tickets",
    "status": "acknowledged",
    "incident_key": "kiosk/pier-3",
    "service": {"id": "PHLTICK", "type": "service_reference", "summary": "Ticket Kiosks"},
    "assignments": [{"at": "2026-03-14T05:27:00Z", "assignee": {"id": "PHL1NGR", "summary": "Ingrid Solheim"}}],
    "acknowledgements": [{"at": "2026-03-14T05:28:00Z", "acknowledger": {"id": "PHL2TOM", "summary": "Tomás Rey"}}],
    "last_status_change_at": "2026-03-14T06:28:00+01:00",
    "last_status_change_by": {"id": "PHL2TOM", "type": "user_reference", "summary": "Tomás Rey"},
    "conference_bridge": {"conference_number": 4721000418, "conference_url": None},
}


class Pretend:
    """`answers` are given in order, the last one again and again; an exception is raised instead."""

    def __init__(self, *answers: httpx.Response | Exception, token: str = TOKEN, gate: Gate | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.answers = list(answers)
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.pagerduty = PagerDuty(self.http, url="https://api.example.org", token=token, gate=gate or Gate())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def body(self, index: int = -1) -> Any:
        return json.loads(self.asked[index].content)

    def query(self, index: int = -1) -> list[tuple[str, str]]:
        return self.asked[index].url.params.multi_items()


def ok(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def incident(**changed: Any) -> httpx.Response:
    return ok({"incident": INCIDENT | changed})


def page(name: str, *items: Any, more: bool = False) -> httpx.Response:
    return ok({name: list(items), "limit": 100, "offset": 0, "more": more, "total": None})

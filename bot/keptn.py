"""Keptn's API, as far as approvals need it: https://keptn.sh/docs/0.19.x/reference/api/

An approval is answered by its `finished` event alone. The `started` event that belongs to it is the approval-service's
own, sent when the question came up; a task is over once as many have finished as have started, so that a second
`started` would keep it open for ever: https://github.com/keptn/keptn/pull/4796
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.domain.approval import Question
from bot.domain.errors import Refused, Unavailable
from bot.domain.fence import GUARD
from bot.domain.source import Approvals

DEADLINE = 12.0  # seconds for a whole call
LONGEST = 200  # characters of what Keptn says
OURS = "muster"  # the source of our events
FINISHED = "sh.keptn.event.approval.finished"
WAITING = "/controlPlane/v1/event/triggered/sh.keptn.event.approval.triggered"
NO_API = "no API of Keptn answers at write_back.url, which ends in /api"


@dataclass(frozen=True)
class Ended:
    """`is_ours`: by an answer that was given here."""

    approved: bool
    is_ours: bool


class Keptn:
    """`http` is shared and made elsewhere. Every method raises Refused or Unavailable and nothing else."""

    def __init__(self, http: httpx.AsyncClient, settings: Approvals) -> None:
        self._http, self._settings = http, settings
        self.channel = settings.channel

    async def is_waiting(self, question: Question) -> bool:
        """Whether the question is open still. An answer to one that is not Keptn takes with 200, and drops."""
        told = await self._events(
            WAITING, project=question.project, stage=question.stage, service=question.service, eventID=question.asked
        )
        return any(one.get("id") == question.asked for one in told)

    async def ended(self, question: Question) -> Ended | None:
        """How it ended: by the first answer, though Keptn keeps others too, and tells the newest first. None: it does
        not say, or not yet; it keeps what it was sent a moment later."""
        told = await self._events(
            "/mongodb-datastore/event", project=question.project, keptnContext=question.context, type=FINISHED
        )
        mine = [one for one in told if one.get("triggeredid") == question.asked]
        return _ended(min(mine, key=lambda one: str(one.get("time", "")))) if mine else None

    async def answer(self, question: Question, *, approved: bool, key: str, message: str) -> None:
        """The first answer ends the task, further ones to the same question change nothing. Keptn gives what it is sent
        an id of its own; `key` is the event's wherever that is kept. It has the labels, which may be redacted here."""
        event = {
            "specversion": "1.0", "id": key, "source": OURS, "type": FINISHED, "contenttype": "application/json",
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "shkeptncontext": question.context,
            "triggeredid": question.asked,
            "data": {
                "project": question.project, "stage": question.stage, "service": question.service,
                "status": "succeeded", "result": "pass" if approved else "fail",
                "message": message,
            },
        }  # fmt: skip
        commit = {"gitcommitid": question.commit} if question.commit else {}
        await self._call("POST", "/v1/event", json={**event, **commit})

    async def _events(self, path: str, **wanted: str) -> Iterable[Mapping[str, Any]]:
        told = _object(await self._call("GET", path, params=wanted))
        events = told.get("events", NO_API)
        if not isinstance(events, list | None):
            raise Refused(NO_API, code="200")
        return [one for one in events or () if isinstance(one, dict)]

    async def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        writes = method == "POST"
        headers = {"x-token": self._settings.token, "Accept": "application/json"}
        request = self._request(method, path, headers, content)
        if guard := GUARD.get():
            await guard()
        try:
            async with asyncio.timeout(DEADLINE):
                response = await self._http.send(request, follow_redirects=False)
        except (httpx.RequestError, TimeoutError) as error:
            raise Unavailable(f"Keptn does not answer ({type(error).__name__})", reached=writes) from error
        if not response.is_success:
            raise self._failure(response, writes=writes)
        return response

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> httpx.Request:
        try:
            return self._http.build_request(method, self._settings.url + path, headers=headers, **content)
        except (httpx.InvalidURL, ValueError) as error:
            raise Refused("write_back holds an address or a token that cannot be sent", code="address") from error

    def _failure(self, response: httpx.Response, *, writes: bool) -> Refused | Unavailable:
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Unavailable(f"Keptn answered {status}", reached=writes)
        mend = "check the token under write_back" if status in {401, 403} else ""
        said = " ".join(str(_object(response).get("message") or "").replace(self._settings.token, "…").split())
        told = ": ".join(part for part in (f"Keptn answered {status}", said[:LONGEST], mend) if part)
        return Refused(told, code=str(status))


def _ended(event: Mapping[str, Any]) -> Ended:
    data = event.get("data")
    said = (data.get("result"), data.get("status")) if isinstance(data, dict) else (None, None)
    return Ended(approved=said[0] != "fail" and said[1] != "errored", is_ours=event.get("source") == OURS)


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        told = response.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}

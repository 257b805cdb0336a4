"""First door, outside: what Slack sends reaches Bolt only once it is known to be Slack's and to have a sane shape."""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.entrance.gate import Refusals, guarded, raw_body
from bot.slack.request import is_slacks, told
from bot.slack.signature import is_genuine

log = logging.getLogger(__name__)

NOT_OURS = (
    "a request of Slack whose signature is none of ours, or over five minutes old: check SLACK_SIGNING_SECRET and the"
    " clock of this machine"
)
UNSIGNED = "a request without a signature, at Slack's door: a stranger's, or a proxy takes X-Slack-Signature away"
LONGEST_CHECK = 4096  # bytes: it holds two fields
AS_JSON: Mapping[str, str | Sequence[str]] = {"content-type": "application/json"}


@dataclass
class Affiliation:
    """The workspace and the app we are, as far as Slack has told us."""

    team_id: str = ""
    app_id: str = ""
    enterprise_id: str = ""

    def is_foreign(self, told: Mapping[str, Any]) -> bool:
        """Whether a command, interaction or event belongs to another app, or to another workspace's installation."""
        theirs = (_teams(told), _words(told.get("api_app_id")), _enterprises(told))
        ours = (self.team_id, self.app_id, self.enterprise_id)
        return any(our and their and our not in their for our, their in zip(ours, theirs, strict=True))


def routes(app: AsyncApp, *, secrets: Sequence[str], ours: Affiliation) -> list[web.RouteDef]:
    """POST /slack/events, for commands, interactions and events: 401 unsigned, stale or malformed · 403 of another
    workspace or app · 413 too large. Slack's check of the certificate comes unsigned, and is 200.

    Bolt alone parses before it verifies, answers malformed strangers with 500 and logs their bodies.
    """
    refusals = Refusals()

    async def from_slack(request: web.Request) -> web.Response:
        body = await raw_body(request)
        if not _is_signed(request, body, secrets):
            if _is_check(request, body):
                return web.Response()
            refusals.warn(NOT_OURS if "X-Slack-Signature" in request.headers else UNSIGNED)
            return _answer(401, "The signature is missing, stale or not ours.")
        said = _said(request, body)
        if said is not None and ours.is_foreign(said):
            log.warning("refused: a signed request of another workspace or app, %s", _origin(said))
            return _answer(403, "This is neither our workspace nor our app.")
        heard = _for_bolt(said, _name(request, body))
        if heard is None:
            return _answer(400, "Signed, but of no shape that Slack sends.")
        answer = await app.async_dispatch(heard)
        return web.Response(status=answer.status, text=answer.body, content_type=_kind(answer.first_headers()))

    return [web.post("/slack/events", guarded("slack", from_slack))]


def _is_check(request: web.Request, body: bytes) -> bool:
    """Slack's look at the certificate, a form without a signature; it asks for nothing, and nothing of it is read.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return is_form and len(body) <= LONGEST_CHECK and b"ssl_check=1" in body.split(b"&")


def _is_signed(request: web.Request, body: bytes, secrets: Sequence[str]) -> bool:
    signatures = request.headers.getall("X-Slack-Signature", [])
    stamps = request.headers.getall("X-Slack-Request-Timestamp", [])
    alone = len(signatures) == len(stamps) == 1
    return alone and is_genuine(secrets, stamps[0], signatures[0], body, now=time.time())


def _said(request: web.Request, body: bytes) -> dict[str, Any] | None:
    try:
        return told(request.content_type, body)
    except ValueError:
        return None


def _for_bolt(said: dict[str, Any] | None, name: str) -> AsyncBoltRequest | None:
    """What Bolt is given; None where it would trip. It gets our reading as JSON, lest its own be another."""
    if said is None or not is_slacks(said):
        return None
    try:
        return AsyncBoltRequest(body=json.dumps(said), headers=dict(AS_JSON), context={"request": name})
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def _name(request: web.Request, body: bytes) -> str:
    """Tells a signed request from every other: the very same again is somebody's, or a proxy's, repetition."""
    return hashlib.sha256(request.headers["X-Slack-Request-Timestamp"].encode() + b":" + body).hexdigest()


def _teams(told: Mapping[str, Any]) -> list[str]:
    """Every workspace whose installation it is said to be for."""
    team, installed = told.get("team"), told.get("authorizations")
    objects = [one for one in (installed if isinstance(installed, list) else []) if isinstance(one, dict)]
    where = [team.get("id")] if isinstance(team, dict) else []
    return _words(told.get("team_id"), *where, *(one.get("team_id") for one in objects))


def _enterprises(told: Mapping[str, Any]) -> list[str]:
    """Every organisation it is said to be for; those without one say null."""
    owner, installed = told.get("enterprise"), told.get("authorizations")
    objects = [one for one in (installed if isinstance(installed, list) else []) if isinstance(one, dict)]
    where = [owner.get("id")] if isinstance(owner, dict) else []
    return _words(told.get("enterprise_id"), *where, *(one.get("enterprise_id") for one in objects))


def _words(*said: Any) -> list[str]:
    return [one for one in said if one and isinstance(one, str)]


def _origin(told: Mapping[str, Any]) -> str:
    """Ids as far as they are some, for the log."""
    return " ".join(one[:20] if one.isalnum() else "?" for one in [*_teams(told), *_words(told.get("api_app_id"))][:9])


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "text/plain").partition(";")[0]


def _answer(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


class SocketMode:
    """The same over a websocket that we open, so that Slack need not reach us.

    https://docs.slack.dev/apis/events-api/using-socket-mode
    """

    def __init__(self, app: AsyncApp, app_token: str, web_client: Any, trace: aiohttp.TraceConfig) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token, web_client=web_client)
        self._handler.client.aiohttp_client_session.trace_configs.append(trace)  # it opens a session of its own
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Connected until told to stop; Slack being away is waited out."""
        while not self._stop.is_set():
            try:
                await self._handler.connect_async()  # type: ignore[no-untyped-call]
                break
            except Exception as trouble:  # noqa: BLE001 - whatever keeps Slack from us, we try again
                await self._rest(str(trouble))
        await self._stop.wait()
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _rest(self, why: str) -> None:
        log.warning("Socket Mode waits: %s", why)
        try:
            async with asyncio.timeout(2.0):
                await self._stop.wait()
        except TimeoutError:
            return

    def stop(self) -> None:
        self._stop.set()

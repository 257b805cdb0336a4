"""Second door, for any system: proved, kept as it came, answered; understood afterwards, by the reader."""

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.entrance.gate import Patience, Refusals, guarded, raw_body
from bot.pagerduty.signalling import dedup_key
from bot.proof.vault import Vault
from bot.receiving.particulars import named
from bot.receiving.reader import Reader
from bot.receiving.tokens import is_ours
from bot.roster import Roster
from bot.sources import Received, Request, Source
from bot.sources.naming import DOOR, NAMELESS, OURS, PREFIX, keyed
from bot.sources.verify import borne, without_key
from storage import Database, NewDelivery

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes
ASKED_FOR = 0.2  # seconds: so often is it asked again for a name that nobody knows, since anybody can make those up
KNOWN_FOR = 2.0  # seconds: what the database says of a source is believed so long
MINUTE = 60.0  # seconds
SPEAK_EVENTS = frozenset({"events-v2", "relay"})
"""Adapters whose bodies may hold routing keys, whatever else proves their senders."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
MOST_HEADERS, LONGEST_HEADER = 40, 2048
HANDSHAKE = {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*", "Allow": "POST, OPTIONS"}


class Inbound:
    """POST /in/{source}: 202 once durable · 401 not proved · 404 unknown · 413 too large · 429 too many · 503 our own
    trouble. What is proved to be the source's is never refused for what it says."""

    def __init__(
        self, database: Database, reader: Reader, roster: Roster, vault: Callable[[], Vault | None] = lambda: None
    ) -> None:
        """`vault`: knows the access tokens again that we gave out."""
        self._database, self._reader, self._roster, self._vault = database, reader, roster, vault
        self._refusals = Refusals()
        self._states: tuple[float, Mapping[str, Mapping[str, Any]]] = (-KNOWN_FOR, {})
        self._taken: dict[str, deque[float]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/in/{source}", guarded("in", self._from_source)),
            web.options("/in/{source}", self._handshake),
        ]

    async def _from_source(self, request: web.Request) -> web.Response:
        body, patience = await raw_body(request, largest=LARGEST), Patience()
        name = request.match_info["source"]
        source = await self.source(name, patience)
        if source is None:
            return _answer(404, "There is no source of this name.")
        if not self.believes(source, request, body):
            self._refusals.warn(f"a request to /in/{name} that nothing proves to be the source's")
            return _unproved(source)
        if (wait := self.wait(source)) > 0:
            return _answer(429, f"More than {source.settings.per_minute} requests a minute.", wait)
        delivery = delivered(source, request, body)
        await self.keep(delivery, patience)
        key = first_key(source, delivery)
        return web.json_response(
            {"status": "success", "message": "Event processed", **({"dedup_key": key} if key else {})}, status=202
        )

    async def _handshake(self, request: web.Request) -> web.Response:
        """https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection"""
        return web.Response(headers=HANDSHAKE)

    async def source(self, name: str, patience: Patience) -> Source | None:
        return await self.standing(name, patience) if NAME.fullmatch(name) else None

    async def standing(self, name: str, patience: Patience) -> Source | None:
        """None when there is none, or it was removed."""
        known = self._roster.source(name, (await self.states(patience)).get(name))
        return known or self._roster.source(name, (await self.states(patience, ASKED_FOR)).get(name))

    def believes(self, source: Source, request: web.Request, body: bytes) -> bool:
        return source.believes(self._asked(source, asked(request, body)))

    def _asked(self, source: Source, told: Request) -> Request:
        client, vault = source.settings.verification.oauth2, self._vault()
        if client is None or vault is None:
            return told
        return replace(told, granted=is_ours(vault, borne(told.headers), source.name, client, told.at))

    async def states(self, patience: Patience, known_for: float = KNOWN_FOR) -> Mapping[str, Mapping[str, Any]]:
        """What the database says of every source, as of so many seconds ago at most."""
        now = time.monotonic()
        if now - self._states[0] >= known_for:
            self._states = (now, await self._database.read(lambda tx: tx.source_states(), within=patience.left()))
        return self._states[1]

    async def keep(self, delivery: NewDelivery, patience: Patience) -> None:
        """Returns once it is durable."""
        await self._database.keep(delivery, within=patience.left())
        self._reader.wake()

    def wait(self, source: Source) -> float:
        """Seconds until its next request is taken; 0: this one is."""
        most, now = source.settings.per_minute, time.monotonic()
        taken = self._taken.setdefault(source.name, deque(maxlen=most))
        if len(taken) == most and now - taken[0] < MINUTE:
            return taken[0] + MINUTE - now
        taken.append(now)
        return 0.0


def asked(request: web.Request, body: bytes) -> Request:
    names = {name.lower() for name in request.headers}
    headers = {name: ",".join(request.headers.getall(name)) for name in names}
    return Request(body, headers, request.query.get("token", ""), request.remote or "", datetime.now(UTC))


def delivered(source: Source, request: web.Request, body: bytes, door: str = "") -> NewDelivery:
    """Under the sender's own name of it, where it has one. What proves the sender is not kept."""
    received = Received(body, _kept(source, request), datetime.now(UTC))
    key = source.key(received) or f"{NAMELESS}{uuid4().hex}"
    ours = {"muster-route": request.query.get("to", ""), DOOR: door}
    headers = {**received.headers, **{name: value for name, value in ours.items() if value}}
    if source.settings.verification.routing_key or source.adapter.name in SPEAK_EVENTS:
        body = without_key(body)
    return NewDelivery(PREFIX + source.name, keyed(source.name, key), None, headers, body, received.received_at)


def _kept(source: Source, request: web.Request) -> dict[str, str]:
    header = source.settings.verification.header
    secret = SECRET_HEADERS | ({header[0].lower()} if header else set())
    told = [(name.lower(), value) for name, value in request.headers.items() if name.lower() not in secret]
    return {
        name: value for name, value in told[:MOST_HEADERS] if len(value) <= LONGEST_HEADER and not name.startswith(OURS)
    }


def first_key(source: Source, delivery: NewDelivery) -> str | None:
    """Of the first alert it speaks of; None: of none, or nobody can say. The delivery is kept by then, so a fault in
    reading it is no reason to have it sent again."""
    received = Received(delivery.body, delivery.headers, delivery.received_at)
    try:
        alerts = [named(one, delivery) for one in source.glimpsed(received) if one.action not in {"change", "ignore"}]
    except Exception:
        log.exception("bug while looking at what %s sent", source.name)
        return None
    return dedup_key(alerts[0].dedup_key) if alerts else None


def _unproved(source: Source) -> web.Response:
    """A client whose access token is over fetches another: https://www.rfc-editor.org/rfc/rfc6750#section-3.1."""
    answer = _answer(401, "Nothing proves that this is the source's.")
    if source.settings.verification.oauth2:
        answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer


def _answer(status: int, text: str, wait: float = 0.0) -> web.Response:
    headers = {"Retry-After": str(int(wait) + 1)} if wait else {}
    return web.json_response({"status": "error", "message": text, "error": text}, status=status, headers=headers)

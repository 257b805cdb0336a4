"""Where Muster may call: Slack, PagerDuty and what is configured, straight and over the TLS they have. Nowhere else."""

from collections.abc import Iterable, Mapping
from functools import cache
from ssl import SSLContext
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
from yarl import URL

from bot.domain.errors import Refused
from bot.domain.fence import GUARD

SLACK = frozenset({"slack.com", "slack-gov.com"})
"""Slack's own, with all that ends in them: files, websockets, replies."""
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

Origin = tuple[str, int]


class Outbound:
    """`configured`: the addresses the operator chose; a host counts only together with its port."""

    def __init__(self, configured: Iterable[str]) -> None:
        self._known = frozenset(_origin(URL(url)) for url in configured)

    def admits(self, url: str) -> bool:
        """Configured, or Slack over TLS. An address with a name and password in it is never a vendor's."""
        try:
            parsed = URL(url)
            host = parsed.host or ""
            slacks = host in SLACK or any(host.endswith(f".{each}") for each in SLACK)
            return parsed.user is None and (
                _origin(parsed) in self._known or (slacks and parsed.scheme in {"https", "wss"} and parsed.port == 443)
            )
        except ValueError:
            return False

    def session(self, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=timeout, trace_configs=[self.through_aiohttp()])

    def client(self, *, max_connections: int) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=max_connections)
        return httpx.AsyncClient(limits=limits, verify=trusted(), event_hooks={"request": [self.through_httpx]})

    async def through_httpx(self, request: httpx.Request) -> None:
        """An httpx request hook; Refused before anything is resolved or connected."""
        self._check(str(request.url))
        request.extensions["trace"] = _traced

    def through_aiohttp(self) -> aiohttp.TraceConfig:
        """The same for an aiohttp session, which besides follows no redirect: it would carry the token along."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._started)
        trace.on_request_redirect.append(self._redirected)
        trace.on_request_headers_sent.append(_leaves)  # both are awaited right before, whatever their names say
        trace.on_request_chunk_sent.append(_leaves)
        trace.freeze()
        return trace

    async def _started(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        self._check(str(request.url))

    async def _redirected(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestRedirectParams
    ) -> None:
        raise Refused(f"{request.url.host} answered with a redirect, which Muster follows nowhere", code="redirect")

    def _check(self, url: str) -> None:
        if not self.admits(url):
            raise Refused("Muster calls Slack, PagerDuty and what is configured, and nobody else", code="not_allowed")


@cache
def trusted() -> SSLContext:
    """Whom httpx trusts; reading all their certificates takes 25 ms, and once is enough."""
    return httpx.create_ssl_context()


LEAVING = frozenset({"http11.send_request_headers.started", "http11.send_request_body.started"})


async def _proved() -> None:
    """Something is about to leave: connecting took its time, and now nothing waits. A request with a body is none
    before that has come, so the proof before the body is the one that counts."""
    if guard := GUARD.get():
        await guard()


async def _leaves(_: aiohttp.ClientSession, __: SimpleNamespace, ___: object) -> None:
    await _proved()


async def _traced(event: str, _: Mapping[str, Any]) -> None:
    """https://www.encode.io/httpcore/extensions/#trace"""
    if event in LEAVING:
        await _proved()


def _origin(url: URL) -> Origin:
    return url.host or "", url.port or PORTS.get(url.scheme, 0)

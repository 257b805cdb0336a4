"""One HTTP call to PagerDuty, with its time limits; every way to fail is Refused or Unavailable."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.domain.fence import GUARD
from bot.pagerduty.errors import System, broken, failure
from bot.pagerduty.pace import Gate
from bot.pagerduty.reading import Members, NotUnderstood, clean, parsed

TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)  # seconds
DEADLINE = 12.0  # seconds for the whole call, since a peer that sends a byte now and then never times out

KIND = {"Content-Type": "application/json"}  # required even where no body follows

Query = Sequence[tuple[str, str | int]]


@dataclass(frozen=True)
class Wire:
    """Calls below `url`. `http` is shared and stays open; `deadline` is in seconds. `answered` hears of each call that
    shows the other side to be well."""

    http: httpx.AsyncClient
    url: str
    deadline: float = DEADLINE
    system: System = "pagerduty"
    answered: Callable[[], None] = lambda: None

    async def ask(
        self, gate: Gate, method: str, path: str, *,
        headers: Mapping[str, str], query: Query = (), body: Mapping[str, Any] | None = None, secret: str = "",
    ) -> Members:  # fmt: skip
        """The JSON object PagerDuty answers with, empty when it says nothing; `secret` never gets into an error."""
        writes = method != "GET"
        request = self._request(method, path, headers, query, body)
        await gate.enter()
        if guard := GUARD.get():
            await guard()
        response = await self._answer(request, writes)
        gate.heed(response.status_code, response.headers)
        if not response.is_success:
            raise self._complained(failure(response, writes=writes, secret=secret, system=self.system))
        try:
            members = Members.of(parsed(response.content or b"{}"), "answer")
        except NotUnderstood as error:
            garbage = Trouble(self.system, "garbage")
            raise Unavailable(f"PagerDuty's answer makes no sense: {error}", reached=writes, trouble=garbage) from error
        self.answered()
        return members

    def _complained(self, failure: Refused | Unavailable) -> Refused | Unavailable:
        """A refusal for a reason shows that PagerDuty is well."""
        if failure.trouble is None:
            self.answered()
        return failure

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], query: Query, body: Mapping[str, Any] | None
    ) -> httpx.Request:
        """JSON is written in ASCII, so that half a surrogate pair in what somebody typed cannot fail here."""
        content = None if body is None else json.dumps(body).encode()
        params = httpx.QueryParams([(name, clean(str(value))) for name, value in query])
        try:
            return self.http.build_request(
                method, self.url.rstrip("/") + path,
                headers={**headers, **KIND}, params=params, content=content, timeout=TIMEOUT,
            )  # fmt: skip
        except httpx.InvalidURL as error:
            raise Refused(f"PagerDuty's address is no URL: {error}", code="address") from error

    async def _answer(self, request: httpx.Request, writes: bool) -> httpx.Response:
        try:
            async with asyncio.timeout(self.deadline):
                return await self.http.send(request, follow_redirects=False)
        except httpx.RequestError as error:
            raise broken(error, writes=writes, system=self.system) from error
        except TimeoutError as error:
            silent = Trouble(self.system, "silent")
            raise Unavailable("PagerDuty takes too long to answer", reached=writes, trouble=silent) from error

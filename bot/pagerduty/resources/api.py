"""What every REST call has in common: https://developer.pagerduty.com/docs/rest-api-overview"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.pagerduty.errors import System
from bot.pagerduty.pace import Gate
from bot.pagerduty.reading import Members, NotUnderstood
from bot.pagerduty.wire import Query, Wire

ACCEPT = "application/vnd.pagerduty+json;version=2"
ID = re.compile(r"[A-Za-z0-9_-]+")
VISIBLE = re.compile(r"[!-~]+")
OAUTH = ("pdus+", "pdeu+")  # how tokens of scoped OAuth apps begin; all others are API keys
LARGEST, FARTHEST = 100, 10_000  # https://developer.pagerduty.com/docs/pagination

T = TypeVar("T")


class Api:
    """`http` is shared and made elsewhere; an empty `token` lets everything start and every call be refused."""

    def __init__(
        self, http: httpx.AsyncClient, *, url: str, token: str, gate: Gate,
        system: System = "pagerduty", answered: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._wire = Wire(http, url, system=system, answered=answered)
        self._token = token
        self._gate = gate

    async def ask(
        self, method: str, path: str, *,
        query: Query = (), body: Mapping[str, Any] | None = None, as_email: str | None = None,
    ) -> Members:  # fmt: skip
        """One call; `as_email` is the PagerDuty user whom the incident's log shall name."""
        headers = {"Accept": ACCEPT, "Authorization": self._authorization()}
        if as_email is not None:
            headers["From"] = _sender(as_email)
        return await self._wire.ask(
            self._gate, method, path, headers=headers, query=query, body=body, secret=self._token
        )  # fmt: skip

    async def all_of(self, path: str, name: str, query: Query = ()) -> list[Members]:
        """All objects of a classically paged list, as far as PagerDuty lets anyone go."""
        found: list[Members] = []
        for offset in range(0, FARTHEST, LARGEST):
            page = await self.ask("GET", path, query=[*query, ("limit", LARGEST), ("offset", offset)])
            found.extend(page.objects(name))
            if not page.flag("more"):
                break
        return found

    def _authorization(self) -> str:
        if not self._token:
            raise Refused("Muster has no PagerDuty API token: set PAGERDUTY_API_TOKEN", code="401")
        if not VISIBLE.fullmatch(self._token):
            raise Refused("PAGERDUTY_API_TOKEN holds blanks or letters that no token has", code="401")
        return f"Bearer {self._token}" if self._token.startswith(OAUTH) else f"Token token={self._token}"


def checked(identifier: str) -> str:
    """The id as it may stand in a path; Refused when it could lead elsewhere."""
    if not ID.fullmatch(identifier):
        raise Refused(f"{identifier[:40]!r} is no PagerDuty id", code="404")
    return identifier


def utc(at: datetime) -> str:
    """Whole seconds and a Z, the one form that every endpoint takes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(shape: Callable[[Members], T], told: Members, *, writes: bool = False) -> T:
    """`told` as something of ours; an answer that cannot be read says nothing of what was done."""
    try:
        return shape(told)
    except NotUnderstood as error:
        garbage = Trouble("pagerduty", "garbage")
        raise Unavailable(f"PagerDuty's answer makes no sense: {error}", reached=writes, trouble=garbage) from error


def _sender(email: str) -> str:
    if not VISIBLE.fullmatch(email) or "@" not in email:
        raise Refused(f"{email[:80]!r} cannot be the e-mail address of a PagerDuty user", code="1008")
    return email

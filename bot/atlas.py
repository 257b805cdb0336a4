"""MongoDB Atlas' Administration API, as far as alerts need it: https://www.mongodb.com/docs/atlas/api/"""

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.domain.errors import Refused, Unavailable
from bot.domain.fence import GUARD
from bot.domain.signal import SEVERITIES, Severity
from bot.domain.source import WriteBack

VERSION = "application/vnd.atlas.2024-05-30+json"
ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
DEADLINE = 12.0  # seconds for a whole call
EARLY = 60.0  # seconds before its end that a token counts as used up
KNOWN_FOR = 3600.0  # seconds: what an alert's configuration says changes rarely
MOST_KNOWN = 1000
COMMENT = "Acknowledged in PagerDuty"


class Atlas:
    """`http` is shared and made elsewhere. Every method raises Refused or Unavailable and nothing else."""

    def __init__(self, http: httpx.AsyncClient, settings: WriteBack) -> None:
        self._http, self._url = http, settings.url
        self._client, self._key = settings.client, settings.key
        self._token, self._until = "", 0.0
        self._digest = httpx.DigestAuth(*settings.key) if settings.key else None
        self._severities: dict[str, tuple[float, Severity | None]] = {}

    async def acknowledge(self, group: str, alert: str, until: datetime) -> None:
        """Atlas tells nobody of this alert any more until then. A repeat changes nothing."""
        body = {"acknowledgedUntil": _instant(until), "acknowledgementComment": COMMENT}
        await self._ask("PATCH", f"/groups/{_id(group)}/alerts/{_id(alert)}", body)

    async def unacknowledge(self, group: str, alert: str) -> None:
        """An alert that nobody acknowledged stays as it is."""
        await self._ask("PATCH", f"/groups/{_id(group)}/alerts/{_id(alert)}", {"unacknowledgeAlert": True})

    async def severity(self, group: str, config: str) -> Severity | None:
        """What the alert's configuration says instead of Atlas' own default; None: nothing. Remembered for an hour."""
        known = self._severities.get(config)
        if known and time.monotonic() - known[0] < KNOWN_FOR:
            return known[1]
        told = await self._ask("GET", f"/groups/{_id(group)}/alertConfigs/{_id(config)}")
        said = str(told.get("severityOverride") or "").casefold()
        found = next((severity for severity in SEVERITIES if severity == said), None)
        if len(self._severities) >= MOST_KNOWN:
            self._severities.clear()
        self._severities[config] = (time.monotonic(), found)
        return found

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        headers = {"Accept": VERSION, "Content-Type": VERSION}
        if self._client:
            headers["Authorization"] = f"Bearer {await self._bearer(self._client)}"
        return await self._call(method, f"/api/atlas/v2{path}", headers=headers, json=body, auth=self._digest)

    async def _bearer(self, client: tuple[str, str]) -> str:
        """https://www.mongodb.com/docs/atlas/api/service-accounts/generate-oauth2-token/"""
        if time.monotonic() > self._until:
            told = await self._call(
                "POST", "/api/oauth/token", data={"grant_type": "client_credentials"}, auth=httpx.BasicAuth(*client)
            )
            self._token = str(told.get("access_token") or "")
            lasts = told.get("expires_in")
            self._until = time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 0.0) - EARLY
        return self._token

    async def _call(self, method: str, path: str, *, auth: httpx.Auth | None, **content: Any) -> Mapping[str, Any]:
        writes = method == "PATCH"
        request = self._http.build_request(method, self._url + path, **content)
        if guard := GUARD.get():
            await guard()
        try:
            async with asyncio.timeout(DEADLINE):
                response = await self._http.send(request, auth=auth, follow_redirects=False)
        except (httpx.RequestError, TimeoutError) as error:
            raise Unavailable(f"MongoDB Atlas does not answer ({type(error).__name__})", reached=writes) from error
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._until = 0.0
        if not response.is_success:
            raise _failure(response.status_code, writes=writes)
        return _object(response)


def _failure(status: int, *, writes: bool) -> Refused | Unavailable:
    """What Atlas says besides is left out: it may repeat what it was sent."""
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unavailable(f"MongoDB Atlas answered {status}", reached=writes)
    mend = {
        401: "check the credentials under write_back",
        403: "the credentials need the role Project Alerts Manager or Project Owner, and this address in their list",
        404: "the alert is not there any more, or the credentials are another project's",
    }.get(status)
    return Refused(f"MongoDB Atlas answered {status}" + (f": {mend}" if mend else ""), code=str(status))


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        told = response.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _id(name: str) -> str:
    if not ID.fullmatch(name):
        raise Refused(f"{name[:40]!r} is no id of MongoDB Atlas", code="404")
    return name


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

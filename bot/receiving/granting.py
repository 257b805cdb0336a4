"""Second door, for systems that fetch a token first: OAuth 2.0's client credentials grant, one client for each source.

https://www.rfc-editor.org/rfc/rfc6749#section-4.4 and section 5, for the shape of the answers.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web

from bot.domain.errors import Unavailable
from bot.domain.source import OAuth2
from bot.entrance.gate import Patience, Refusals, guarded, raw_body
from bot.proof.vault import Vault
from bot.receiving.tokens import LASTS, token
from bot.sources import Source
from bot.sources.verify import any_same, login

LARGEST = 16 * 1024  # bytes
MOST_FIELDS = 50
Find = Callable[[str, Patience], Awaitable[Source | None]]
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Wrong(Exception):
    """What the request lacks; `error` in OAuth's own word."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True)
class Asked:
    """Whoever asks has a login in the header or in the body. `logins`: (client, secret), as it may be read."""

    logins: tuple[tuple[str, str], ...]
    scope: str | None


class Granting:
    """POST /in/{source}/token: 200 with a token · 400 what is no such request · 401 another client · 404 no source that
    wants tokens · 413 too large · 503 our own trouble."""

    def __init__(self, source: Find, vault: Callable[[], Vault | None]) -> None:
        self._source, self._vault = source, vault
        self._refusals = Refusals()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/in/{source}/token", guarded("token", self._grant))]

    async def _grant(self, request: web.Request) -> web.Response:
        body = await raw_body(request, largest=LARGEST)
        source = await self._source(request.match_info["source"], Patience())
        client = source.settings.verification.oauth2 if source else None
        if source is None or client is None:
            return web.json_response({"error": "There is no source of this name that takes tokens."}, status=404)
        try:
            told = asked(body, {name.lower(): value for name, value in request.headers.items()})
        except Wrong as wrong:
            return _refused(400, wrong.error, str(wrong))
        secret = known(told, client)
        if secret is None:
            self._refusals.warn(f"somebody who asked for a token at /in/{source.name}/token and is not its client")
            return _refused(401, "invalid_client", "The client or its secret is another.")
        return self._granted(source, client, secret, told.scope)

    def _granted(self, source: Source, client: OAuth2, secret: str, scope: str | None) -> web.Response:
        vault = self._vault()
        if vault is None:
            raise Unavailable("no access token can be made without a signing key: set MUSTER_SIGNING_KEY")
        made = token(vault, source.name, client, secret, datetime.now(UTC))
        answer = {"access_token": made, "token_type": "Bearer", "expires_in": int(LASTS.total_seconds())}
        return web.json_response({**answer, **({"scope": source.name} if scope else {})}, headers=UNCACHED)


def asked(body: bytes, headers: Mapping[str, str]) -> Asked:
    """Wrong when it is no request for a token."""
    told = _form(body)
    if "grant_type" not in told:
        raise Wrong("invalid_request", "grant_type is missing; the body is a form.")
    if told["grant_type"] != "client_credentials":
        raise Wrong("unsupported_grant_type", "Only client_credentials are granted for.")
    in_header, in_body = "authorization" in headers, "client_secret" in told
    if in_header and in_body:
        raise Wrong("invalid_request", "The client proves itself in the header and in the body; one of them is to be.")
    logins = _logins(login(headers)) if in_header else ((told.get("client_id", ""), told.get("client_secret", "")),)
    return Asked(logins, told.get("scope"))


def known(told: Asked, client: OAuth2) -> str | None:
    """The secret that was told, if it is the client's. In constant time."""
    found = None
    for client_id, secret in told.logins:
        is_client = any_same(client_id, (client.client_id,))
        for own in client.secrets:
            if any_same(secret, (own,)) and is_client:
                found = own
    return found


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Wrong("invalid_request", "The body is no form.") from error
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise Wrong("invalid_request", "A parameter stands there twice.")
    return {name: value for name, value in pairs if value}


def _logins(told: str) -> tuple[tuple[str, str], ...]:
    """The RFC wants both parts encoded as in a form before they are joined; many clients do not."""
    client, _, secret = told.partition(":")
    return (client, secret), (unquote_plus(client), unquote_plus(secret))


def _refused(status: int, error: str, description: str) -> web.Response:
    headers = {**UNCACHED, **({"WWW-Authenticate": 'Basic realm="muster"'} if status == 401 else {})}
    return web.json_response({"error": error, "error_description": description}, status=status, headers=headers)

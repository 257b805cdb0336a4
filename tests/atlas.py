"""A pretended MongoDB Atlas: alerts to acknowledge, configurations that say how severe, two ways to log in."""

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

CLIENT, KEY = ("mdb_sa_id_1", "mdb_sa_sk_1"), ("publickey", "private-key")
BASIC = f"Basic {base64.b64encode(':'.join(CLIENT).encode()).decode()}"
TOKEN, NONCE, REALM = "a-token", "0123456789abcdef", "MMS Public API"
GROUP = "5d1b6f8e8c2e4e2d3c4a5b6d"


class Atlas:
    """`asked`: each call that was believed, with its body. `severities`: by the id of an alert's configuration."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, Any]] = []
        self.severities: dict[str, str] = {}
        self.status = 200
        self.tokens = 0

    @property
    def patched(self) -> list[Any]:
        return [body for method, _, body in self.asked if method == "PATCH"]

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/oauth/token", self._token), web.route("*", "/api/atlas/v2/{rest:.+}", self._answer)]

    async def _token(self, request: web.Request) -> web.Response:
        told = await request.post()
        if request.headers.get("Authorization") != BASIC or "grant_type" not in told:
            return web.json_response({}, status=401)
        self.tokens += 1
        return web.json_response({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    async def _answer(self, request: web.Request) -> web.Response:
        said = request.headers.get("Authorization", "")
        if said != f"Bearer {TOKEN}" and not _is_digest(said, request.method, request.path):
            challenge = f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth", algorithm=MD5'
            return web.json_response({}, status=401, headers={"WWW-Authenticate": challenge})
        if not request.headers["Accept"].startswith("application/vnd.atlas."):
            return web.json_response({}, status=406)
        body = json.loads(await request.read()) if request.can_read_body else None
        self.asked.append((request.method, request.path, body))
        severity = self.severities.get(request.path.rpartition("/")[2])
        return web.json_response({"severityOverride": severity}, status=self.status)


def _is_digest(said: str, method: str, path: str) -> bool:
    """RFC 7616, with MD5 and qop=auth."""
    told = {name: bare or quoted for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', said)}
    if told.get("username") != KEY[0] or told.get("nonce") != NONCE:
        return False
    first, second = _md5(f"{KEY[0]}:{REALM}:{KEY[1]}"), _md5(f"{method}:{path}")
    return told.get("response") == _md5(f"{first}:{NONCE}:{told['nc']}:{told['cnonce']}:{told['qop']}:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the protocol's own


@asynccontextmanager
async def pretended() -> AsyncIterator[Atlas]:
    atlas, app = Atlas(), web.Application()
    app.add_routes(atlas.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    atlas.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield atlas
    finally:
        await runner.cleanup()

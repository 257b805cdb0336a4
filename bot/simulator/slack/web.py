"""The door of the Web API: who calls, may they, how often; then the method."""

from secrets import token_hex

from aiohttp import web

from bot.simulator import credentials, faults
from bot.simulator.slack.api.call import Call
from bot.simulator.slack.api.methods import ALL_SCOPES, METHODS, SOCKET_METHOD, TIER_1, Method, sufficient
from bot.simulator.slack.arguments import Arguments, arguments
from bot.simulator.slack.model import Json
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.socket import Sockets
from bot.simulator.slack.tiers import Tiers
from bot.simulator.slack.workspace import Workspace


class WebApi:
    """`limited` switches the tiers on; `scopes` restricts the bot's token."""

    def __init__(self, workspace: Workspace, sockets: Sockets, misbehaviour: faults.Faults) -> None:
        self.limited = False
        self.tiers = Tiers()
        self.scopes = ALL_SCOPES
        self._workspace = workspace
        self._sockets = sockets
        self._faults = misbehaviour

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        return await faults.answer(self._faults, f"slack:{name}", request, lambda: self._answered(name, request))

    async def _answered(self, name: str, request: web.Request) -> web.Response:
        try:
            given = await arguments(request)
            return self._called(name, given, _token(request, given))
        except Refusal as refusal:
            return self._reply(refusal.body(), METHODS.get(name))

    def _called(self, name: str, given: Arguments, token: str) -> web.Response:
        if name == SOCKET_METHOD:
            return self._socket(token)
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        _authenticate(token, credentials.SLACK_BOT_TOKEN)
        if self.limited and (seconds := self.tiers.wait(name, method.per_minute, given.text("channel"))):
            return _too_many(seconds)
        self._authorize(name, method, given)
        given.require(*method.required)
        return self._reply({"ok": True} | method.act(Call(self._workspace, given, self.scopes)), method)

    def _socket(self, token: str) -> web.Response:
        _authenticate(token, credentials.SLACK_APP_TOKEN)
        if self.limited and (seconds := self.tiers.wait(SOCKET_METHOD, TIER_1, "")):
            return _too_many(seconds)
        return self._reply({"ok": True, "url": self._sockets.ticketed_url()}, None)

    def _authorize(self, name: str, method: Method, given: Arguments) -> None:
        for kind in self._kinds(name, given):
            enough = sufficient(method, kind)
            if enough and self.scopes.isdisjoint(enough):
                raise Refusal("missing_scope", needed=enough[0], provided=",".join(sorted(self.scopes)))

    def _kinds(self, name: str, given: Arguments) -> set[str]:
        if name == "conversations.create":
            return {"group" if given.flag("is_private") else "channel"}
        if name in {"conversations.list", "users.conversations"}:
            words = {"public_channel": "channel", "private_channel": "group"}
            return {words.get(kind, kind) for kind in given.ids("types") or ["public_channel"]}
        channel = self._workspace.channels.get(given.text("channel"))
        return {channel.kind if channel else "channel"}

    def _reply(self, body: Json, method: Method | None) -> web.Response:
        headers = {"X-Slack-Req-Id": token_hex(16)}
        if self.scopes != ALL_SCOPES:  # which no app asks for: a bot would find fault with them
            headers["X-OAuth-Scopes"] = ",".join(sorted(self.scopes))
        if method:
            headers["X-Accepted-OAuth-Scopes"] = ",".join(sufficient(method, "channel"))
        return web.json_response(body, headers=headers)


def _token(request: web.Request, given: Arguments) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else given.text("token")


def _authenticate(token: str, expected: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token == expected:
        return
    known = {credentials.SLACK_BOT_TOKEN, credentials.SLACK_APP_TOKEN}
    raise Refusal("not_allowed_token_type" if token in known else "invalid_auth")


def _too_many(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

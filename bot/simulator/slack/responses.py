"""What the bot says through a response_url, or in the answer to a command.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json

from aiohttp import web

from bot.simulator import faults
from bot.simulator.slack import messages
from bot.simulator.slack.api.content import Content, content
from bot.simulator.slack.arguments import Arguments
from bot.simulator.slack.model import BOT_USER_ID, Ephemeral, Json
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.tokens import ResponseUrl
from bot.simulator.slack.workspace import Workspace

GONE = {"used_url", "expired_url"}


class Responses:
    """The door of the response_urls."""

    def __init__(self, workspace: Workspace, misbehaviour: faults.Faults) -> None:
        self._workspace = workspace
        self._faults = misbehaviour

    async def answer(self, request: web.Request) -> web.StreamResponse:
        return await faults.answer(self._faults, "slack:response_url", request, lambda: self._answered(request))

    async def _answered(self, request: web.Request) -> web.Response:
        target = self._workspace.responses.find(request.match_info["key"])
        if target is None:
            return web.json_response({"ok": False, "error": "invalid_url"}, status=404)
        try:
            said = _payload(await request.read())
            target.use()
            respond(self._workspace, target, said)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=404 if refusal.error in GONE else 400)
        return web.Response(text="ok")


def _payload(raw: bytes) -> Json:
    try:
        said = json.loads(raw)
    except ValueError as unreadable:
        raise Refusal("invalid_payload") from unreadable
    if not isinstance(said, dict):
        raise Refusal("invalid_payload")
    return said


def respond(workspace: Workspace, target: ResponseUrl, said: Json) -> Ephemeral | None:
    """Shows it: to all, in place of the message that was acted on, or to the person alone."""
    given = Arguments(said)
    if given.flag("delete_original"):
        _delete(workspace, target)
        return None
    found = content(given)
    if given.flag("replace_original") and target.ts:
        _replace(workspace, target, found)
        return None
    channel = workspace.channels[target.channel]
    thread_ts = given.text("thread_ts") or None
    if given.text("response_type") == "in_channel":
        what: Json = {"blocks": found.blocks, "metadata": found.metadata, "thread_ts": thread_ts}
        messages.post(workspace, channel, BOT_USER_ID, found.text, **what)
        return None
    return messages.whisper(workspace, target.user, channel.id, found.text, found.blocks, thread_ts)


def _whispered(workspace: Workspace, ts: str | None) -> Ephemeral | None:
    return next((each for each in workspace.ephemerals if each.ts == ts), None)


def _replace(workspace: Workspace, target: ResponseUrl, found: Content) -> None:
    channel = workspace.channels[target.channel]
    message, whispered = channel.message(target.ts or ""), _whispered(workspace, target.ts)
    if message is not None:
        messages.edit(workspace, channel, message, found.text, found.blocks)
    elif whispered is not None:
        whispered.text, whispered.blocks = found.text, found.blocks
        workspace.changed()


def _delete(workspace: Workspace, target: ResponseUrl) -> None:
    channel = workspace.channels[target.channel]
    message, whispered = channel.message(target.ts or ""), _whispered(workspace, target.ts)
    if message is not None:
        messages.erase(workspace, channel, message)
    elif whispered is not None:
        workspace.ephemerals.remove(whispered)
        workspace.changed()

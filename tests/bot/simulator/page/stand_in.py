"""A bot of a few lines: it answers commands, keeps a card with a button, and asks for notes in a modal."""

import json
from typing import Any

import aiohttp
from aiohttp import web

from bot.simulator import Simulator, credentials

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


BUTTONS: list[Json] = [
    {"type": "button", "action_id": "note", "text": plain("Note"), "value": "7"},
    {"type": "button", "action_id": "done", "text": plain("Done"), "style": "primary", "value": "7"},
]
CARD: list[Json] = [
    {"type": "header", "text": plain("A card")},
    {"type": "actions", "block_id": "buttons", "elements": BUTTONS},
]
FORM: Json = {
    "type": "modal",
    "title": plain("Add a note"),
    "submit": plain("Add"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("What did you find?"),
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "place",
            "optional": True,
            "label": plain("Where?"),
            "element": {"type": "external_select", "action_id": "place", "min_query_length": 0},
        },
    ],
}
SHORTEST_NOTE = 5
PLACES = ("Checkout", "Search", "Seats")


class StandIn:
    """Listens on a port of its own for as long as the context lasts, as the bot of `simulator`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "StandIn":
        app = web.Application()
        app.add_routes([web.post("/slack/events", self._slack), web.post("/pagerduty/webhook", self._webhook)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._simulator.bot_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._simulator.bot_url = None
        if self._runner is not None:
            await self._runner.cleanup()

    async def say(self, channel: str, text: str, blocks: list[Json]) -> Json:
        """Posts as the bot; the answer of chat.postMessage."""
        return await self._call("chat.postMessage", channel=channel, text=text, blocks=blocks)

    async def open_room(self, name: str, *people: str) -> str:
        """Creates a channel, invites people by id, and returns its id."""
        created = await self._call("conversations.create", name=name)
        channel: str = created["channel"]["id"]
        await self._call("conversations.invite", channel=channel, users=",".join(people))
        return channel

    async def _slack(self, request: web.Request) -> web.Response:
        form = await request.post()
        if "command" in form:
            return await self._command(str(form["channel_id"]), str(form["text"]))
        interaction = json.loads(str(form.get("payload", "{}")))
        if interaction.get("type") == "block_suggestion":
            offered = [each for each in PLACES if interaction["value"].lower() in each.lower()]
            return web.json_response({"options": [{"text": plain(each), "value": each} for each in offered]})
        if interaction.get("type") == "block_actions":
            await self._press(interaction)
        if interaction.get("type") == "view_submission":
            return await self._note(interaction["view"]["state"]["values"]["words"]["text"]["value"])
        return web.Response()

    async def _command(self, channel: str, text: str) -> web.Response:
        if text == "card":
            await self.say(channel, "A card", CARD)
            return web.Response()
        return web.json_response({"response_type": "ephemeral", "text": f"You typed *{text}*."})

    async def _press(self, interaction: Json) -> None:
        if interaction["actions"][0]["action_id"] == "note":
            await self._call("views.open", trigger_id=interaction["trigger_id"], view=FORM)
        else:
            await self.say(interaction["channel"]["id"], f"<@{interaction['user']['id']}> pressed.", [])

    async def _note(self, words: str) -> web.Response:
        if len(words) < SHORTEST_NOTE:
            return web.json_response({"response_action": "errors", "errors": {"words": "Please say a little more."}})
        await self.say("C0INCIDENTS", f"Noted: {words}", [])
        return web.Response()

    async def _webhook(self, request: web.Request) -> web.Response:
        return web.Response(status=202)

    async def _call(self, method: str, **arguments: Any) -> Json:
        headers = {"Authorization": f"Bearer {credentials.SLACK_BOT_TOKEN}"}
        url = f"{self._simulator.url}/slack/api/{method}"
        async with aiohttp.ClientSession() as session, session.post(url, json=arguments, headers=headers) as response:
            body: Json = await response.json()
        assert body["ok"], body
        return body

"""The pretended Slack: a workspace, its Web API, and everything a person in it can do."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.slack import answers, controls, messages, payloads
from bot.simulator.slack.delivery import Delivery, Parcel, Reply
from bot.simulator.slack.events import Events
from bot.simulator.slack.model import Answer, Channel, Ephemeral, Json, Message, User, UserGroup, View
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.responses import Responses
from bot.simulator.slack.socket import Sockets
from bot.simulator.slack.tokens import ResponseUrl
from bot.simulator.slack.web import WebApi
from bot.simulator.slack.workspace import Workspace


class Slack:
    """One workspace with one bot in it. People are named by id, name or e-mail, channels by id, name or prefix.

    `scopes` restricts the bot's token; without it every scope is granted. `api.limited` (or `tiers`) switches rate
    limits on, `events.retry_after` and `delivery.patience` are clocks in seconds. `has_options_url`: whether the app's
    settings say where Slack asks for the options of menus.
    """

    def __init__(
        self, faults: Faults, news: News, bot_url: Callable[[], str | None], *, scopes: frozenset[str] | None = None
    ) -> None:
        self.has_options_url = True
        self.faults = faults
        self.news = news
        self.sockets = Sockets()
        self.delivery = Delivery(faults, self.sockets, bot_url)
        self.events = Events(self.delivery)
        self.workspace = Workspace(self.events.emit, lambda: news.publish("slack"))
        self.api = WebApi(self.workspace, self.sockets, faults)
        self._responses = Responses(self.workspace, faults)
        if scopes is not None:
            self.api.scopes = scopes

    @property
    def users(self) -> dict[str, User]:
        return self.workspace.users

    @property
    def usergroups(self) -> dict[str, UserGroup]:
        return self.workspace.usergroups

    @property
    def channels(self) -> dict[str, Channel]:
        return self.workspace.channels

    @property
    def ephemerals(self) -> deque[Ephemeral]:
        """Every message only one person saw, oldest first."""
        return self.workspace.ephemerals

    @property
    def tiers(self) -> bool:
        """Whether Slack's rate limits hold."""
        return self.api.limited

    @tiers.setter
    def tiers(self, on: bool) -> None:
        self.api.limited = on

    def user(self, name: str) -> User:
        """KeyError with the names there are."""
        return self.workspace.user(name)

    def channel(self, name_or_prefix: str) -> Channel:
        """The newest that fits; KeyError with the names there are."""
        return self.workspace.channel(name_or_prefix)

    def views(self, user: str) -> list[View]:
        """The modals open on someone's screen, the visible one last."""
        return list(self.workspace.views.stacks[self.user(user).id])

    def home(self, user: str) -> View | None:
        """Someone's home tab, once the bot published one."""
        return self.workspace.views.homes.get(self.user(user).id)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/slack/api/{method}", self.api.answer, allow_head=False),
            web.post("/slack/api/{method}", self.api.answer),
            web.post("/slack/response/{key}", self._responses.answer),
            web.get("/slack/socket", self.sockets.connection, allow_head=False),
        ]

    async def start(self, base_url: str) -> None:
        """`base_url` is where the simulator can be reached."""
        self.workspace.responses.base_url = self.sockets.base_url = base_url
        await self.delivery.start()

    async def stop(self) -> None:
        await self.events.stop()
        await self.sockets.close()
        await self.delivery.stop()

    async def settled(self, within: float = 5.0) -> None:
        """Waits until no event is under way; TimeoutError after `within` seconds."""
        await self.events.settled(within)

    async def socket_refresh(self) -> None:
        """Asks every Socket Mode connection to come again."""
        await self.sockets.refresh()

    async def verify_url(self) -> bool:
        """Whether the bot's URL answers Slack's challenge."""
        return await self.events.verify_url()

    async def command(self, user: str, channel: str, text: str) -> Answer:
        """Types a slash command: "/incident ack". Never retried."""
        who, where = self.user(user), self.channel(channel)
        target = ResponseUrl(who.id, where.id)
        tokens = {"trigger_id": self.workspace.triggers.issue(who.id), "response_url": self._url(target)}
        fields = payloads.command(who, where, payloads.typed(self.workspace, text), **tokens)
        reply = await self.delivery.send(Parcel("slash_commands", "command", fields))
        return answers.to_command(self.workspace, fields["command"], target, reply)

    async def press(self, user: str, channel: str, ts: str, action_id: str, *, value: str | None = None) -> Answer:
        """Uses an element of a message or of an ephemeral one; `value` chooses among options or equal buttons."""
        who, where = self.user(user), self.channel(channel)
        message = where.message(ts)
        shown = message or next((each for each in self.ephemerals if (each.ts, each.user) == (ts, who.id)), None)
        if shown is None:
            raise KeyError(f"no message {ts} in {where.name}")
        action = controls.pressed(shown.blocks, action_id, value)
        place = payloads.in_message(where, ts, message) | {"response_url": self._url(ResponseUrl(who.id, where.id, ts))}
        trigger_id = self.workspace.triggers.issue(who.id)
        return await self._interact("block_actions", who, actions=[action], trigger_id=trigger_id, **place)

    async def press_view(self, user: str, view_id: str, action_id: str, *, value: Any = None) -> Answer:
        """Uses an element of a modal or of a home tab."""
        who, view = self.user(user), self.workspace.views.find(view_id)
        action = controls.pressed(view.blocks, action_id, value)
        trigger_id = self.workspace.triggers.issue(who.id, view_id=view.id)
        if action["type"] in controls.STATEFUL:
            view.values = controls.state(view, {action_id: value})
        place = payloads.in_view(view)
        return await self._interact("block_actions", who, actions=[action], trigger_id=trigger_id, **place)

    async def suggest(self, user: str, view_id: str, action_id: str, typed: str = "") -> list[Json]:
        """Types in a menu whose options are the bot's; what it offers. Slack asks at the app's options address, or
        through a socket: with neither nothing is asked. Refusal when the answer is none."""
        who, view = self.user(user), self.workspace.views.find(view_id)
        block, element = controls.searched(view.blocks, action_id)
        if len(typed) < element.get("min_query_length", 3) or not (self.has_options_url or self.sockets.connected):
            return []
        offered = answers.to_suggestion(await self._deliver(payloads.suggestion(who, view, block, element, typed)))
        view.offered[action_id] = offered
        return offered

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> Answer:
        """Fills a modal, by action_id or block_id, and submits it; what Slack itself refuses never reaches the bot."""
        who, view = self.user(user), self.workspace.views.find(view_id)
        view.values = controls.state(view, values)
        view.errors = controls.complaints(view, view.values)
        if view.errors:
            return Answer(0, {"response_action": "errors", "errors": view.errors})
        trigger_id = self.workspace.triggers.issue(who.id, view_id=view.id)
        body = payloads.interaction("view_submission", who, trigger_id=trigger_id, view=view.payload())
        reply = await self._deliver(body | {"response_urls": []})
        return answers.to_submission(self.workspace, view, reply)

    async def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> Answer | None:
        """Closes a modal; the bot hears of it when it asked to (`notify_on_close`)."""
        who, view = self.user(user), self.workspace.views.find(view_id)
        self.workspace.views.close(view, whole_stack=whole_stack)
        self.news.publish("slack")
        if not view.definition.get("notify_on_close"):
            return None
        return await self._interact("view_closed", who, view=view.payload(), is_cleared=whole_stack, response_urls=[])

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Posts as a person: @names and #channels become mentions. Refusal in an archived channel."""
        who, where = self.user(user), self.channel(channel)
        if where.is_archived:
            raise Refusal("is_archived")
        written = payloads.typed(self.workspace, text)
        message = messages.post(self.workspace, where, who.id, written, thread_ts=thread_ts)
        messages.mention(self.workspace, where, message)
        return message

    async def react(self, user: str, channel: str, ts: str, emoji: str) -> None:
        """Reacts as a person; the same once more takes it back."""
        who, where = self.user(user), self.channel(channel)
        message = where.message(ts)
        if message is None:
            raise KeyError(f"no message {ts} in {where.name}")
        name = emoji.strip(":")
        add = who.id not in message.reactions.get(name, [])
        messages.react(self.workspace, where, message, who.id, name, add=add)

    async def shortcut(self, user: str, callback_id: str, message: Message | None = None) -> Answer:
        """Uses a global shortcut, or a message's."""
        who = self.user(user)
        about: Json = {"callback_id": callback_id, "action_ts": payloads.action_ts()}
        about["trigger_id"] = self.workspace.triggers.issue(who.id)
        if message is None:
            return await self._interact("shortcut", who, **about)
        place = payloads.in_message(self.channels[message.channel], message.ts, message)
        about["response_url"] = self._url(ResponseUrl(who.id, message.channel, message.ts))
        about |= {"channel": place["channel"], "message": place["message"], "message_ts": message.ts}
        return await self._interact("message_action", who, **about)

    async def open_home(self, user: str) -> None:
        """Looks at the bot's home tab."""
        who = self.user(user)
        home = self.home(user)
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": f"D{who.id[1:]}", "tab": "home"}
        event |= {"event_ts": self.workspace.mint_ts()} | ({"view": home.payload()} if home else {})
        self.events.emit("app_home_opened", event)

    def _url(self, target: ResponseUrl) -> str:
        return self.workspace.responses.issue(target)

    async def _interact(self, kind: str, who: User, **fields: Any) -> Answer:
        return answers.to_press(await self._deliver(payloads.interaction(kind, who, **fields)))

    async def _deliver(self, body: Json) -> Reply:
        return await self.delivery.send(Parcel("interactive", body["type"], body))

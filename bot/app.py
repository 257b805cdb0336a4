"""Puts the bot together. This module knows everything; only the command line and the journeys know it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot import health, webhooks
from bot.clock import scheduler
from bot.config import Config
from bot.connections import Connections
from bot.domain.errors import Refused, Unavailable
from bot.domain.reactions import Reactions
from bot.entrance import descriptors
from bot.entrance.doorkeeper import Doorkeeper
from bot.entrance.gate import http_log
from bot.entrance.listening import Listening
from bot.listeners import Listeners
from bot.receiving.enqueue import Enqueue
from bot.receiving.granting import Granting
from bot.receiving.inbound import Inbound
from bot.receiving.intake import Intake
from bot.receiving.reader import Reader
from bot.roster import Roster
from bot.speaking import slack_events
from bot.speaking.conversation import Conversation
from bot.speaking.lifeline import Lifeline
from bot.speaking.menus import Menus
from bot.speaking.overhearing import Overhearing
from bot.speaking.slack_events import Affiliation, SocketMode
from bot.trouble import note
from bot.watch import Watchman
from bot.worker import MENDING_WAIT, Worker
from storage import Database, Transaction

log = logging.getLogger(__name__)


class Bot:
    """Muster as one process: a database, four doors, and what they need of the world."""

    def __init__(self, config: Config, *, slack_minute: float = 60.0) -> None:
        """`slack_minute`: seconds that Slack's minute lasts, shorter only beside a simulator whose minute is too."""
        self.config = config
        self.database = Database(config.database_url, Reactions(config.routing()), lease=config.choices.lease_seconds)
        self.connections = Connections(config, self.database, slack_minute=slack_minute)
        self.url = ""
        self.roster = Roster(config.sources(), self.connections.vault, config.service_keys())
        for warning in self.roster.warnings():
            log.warning("%s", warning)
        self._ours = Affiliation()
        self._doorkeeper = Doorkeeper(descriptors.allowed())
        self._stack = contextlib.AsyncExitStack()
        self._finished = asyncio.Event()
        self._stops: list[Callable[[], None]] = []
        self._failure: BaseException | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, inherited: int | None = None) -> None:
        """Bring the schema up to date, open every door, and take up what an earlier process left undone."""
        await asyncio.to_thread(self.database.migrate)
        await asyncio.to_thread(self.database.open)
        self._stack.push_async_callback(asyncio.to_thread, self.database.close)
        await self.database.write(lambda tx: tx.take_over())
        await self._stack.enter_async_context(self.connections)
        self.world = self.connections.world(self.roster)
        self.worker = Worker(self.world, self.connections.closures)
        self.reader = Reader(self.database, Intake(self.roster, self.world.vault))
        self._keep_running(self.worker.run(), self.worker.stop)
        self._keep_running(self.reader.run(), self.reader.stop)
        await self._recall_ourselves()
        bolt = self._bolt()
        await self._listen(bolt, host, port, inherited)
        self._start_clock()
        if self.config.slack_app_token:
            web_client = self.connections.web_client(self.config.slack_bot_token)
            socket = SocketMode(bolt, self.config.slack_app_token, web_client, self.connections.trace())
            self._keep_running(socket.run(), socket.stop)
        self._keep_running(self._get_to_know_slack(), self.finish)
        self._keep_watch()

    async def stop(self) -> None:
        """Close the doors, finish or hand over what is in hand, leave the database whole."""
        for stop in self._stops:  # all at once, so that they finish while the doors close
            stop()
        await self._stack.aclose()

    def finish(self) -> None:
        """Let `wait` return: someone asked us to stop."""
        self._finished.set()

    async def wait(self) -> None:
        """Until asked to stop; raises what ended a part of us that must not end."""
        await self._finished.wait()
        if self._failure:
            raise self._failure

    @contextlib.asynccontextmanager
    async def running(
        self, host: str = "127.0.0.1", port: int = 0, inherited: int | None = None
    ) -> AsyncIterator["Bot"]:
        try:
            await self.start(host, port, inherited)
            yield self
        finally:
            await self.stop()

    def _bolt(self) -> AsyncApp:
        """Bolt as the edge only: verified before it, committed before it answers, authorised without a call."""

        async def authorize(enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
            identity = self.world.slack.known_identity
            bot = (identity.bot_id, identity.bot_user_id) if identity else (None, None)
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_id=bot[0], bot_user_id=bot[1])

        app = AsyncApp(
            name="muster", client=self.connections.web_client(None), authorize=authorize, process_before_response=True,
            request_verification_enabled=False, attaching_conversation_kwargs_enabled=False,
        )  # fmt: skip
        app.middleware(self._ours_only)
        lifeline = Lifeline(self.database)
        self._keep_running(lifeline.run(), lifeline.stop)
        conversation = Conversation(self.world, lifeline)
        overhearing, menus = Overhearing(self.database, conversation), Menus(self.world, conversation)
        Listeners(conversation, overhearing, menus, changing=self.config.commands()["change"]).attach(app)
        return app

    async def _ours_only(self, body: Mapping[str, Any], next_: Callable[[], Awaitable[None]]) -> None:
        """Through Socket Mode too; over HTTP what is foreign does not get as far as Bolt."""
        if not self._ours.is_foreign(body):
            await next_()

    async def _listen(self, bolt: AsyncApp, host: str, port: int, inherited: int | None) -> None:
        config = self.config
        # A body that says it is compressed is not blown up: signatures are over the bytes as sent.
        app = web.Application(handler_args={"auto_decompress": False}, middlewares=[self._doorkeeper.middleware()])
        app.add_routes(health.routes(self.database))
        app.add_routes(
            webhooks.routes(
                self.database, self.reader, secrets=config.pagerduty_webhook_secrets, vault=self.connections.vault
            )
        )
        inbound = Inbound(self.database, self.reader, self.roster, self.connections.vault)
        app.add_routes([*inbound.routes(), *Enqueue(inbound, self.roster).routes()])
        app.add_routes(Granting(inbound.source, self.connections.vault).routes())
        app.add_routes(slack_events.routes(bolt, secrets=config.slack_signing_secrets, ours=self._ours))
        listening = Listening(app, http_log(), self._doorkeeper.make_room)
        self._stack.push_async_callback(listening.close)
        self.url = await listening.open(host, port, inherited)
        self._keep_running(self._doorkeeper.run(listening.server), self._doorkeeper.stop)

    def _start_clock(self) -> None:
        clock = scheduler(self.database)
        clock.start()
        self._stack.callback(clock.shutdown, wait=False)

    def _keep_watch(self) -> None:
        config = self.config
        if config.watch_routing_key:
            watchman = Watchman(
                self.database, self.world.events_api, routing_key=config.watch_routing_key,
                dedup_key=config.watch_dedup_key,
            )  # fmt: skip
            self._keep_running(watchman.run(), watchman.stop)

    async def _get_to_know_slack(self) -> None:
        """Ask who we are before anyone needs it; Slack being down now is no reason not to take webhooks."""
        while not self._finished.is_set():
            try:
                us = await self.world.slack.identity()
                self._ours.team_id, self._ours.enterprise_id = us.team_id, us.enterprise_id
                self._ours.app_id = await self.world.slack.app_id()
                await self.database.write(self._remember_ourselves)
                return
            except Refused as refusal:
                if not refusal.trouble:
                    log.error("Slack does not accept us: %s. `muster doctor` says more.", refusal)  # noqa: TRY400
                    return
                await self._rest(refusal, MENDING_WAIT)
            except Unavailable as trouble:
                await self._rest(trouble, trouble.retry_after or 2.0)

    async def _rest(self, failure: Refused | Unavailable, seconds: float) -> None:
        note(failure)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._finished.wait(), seconds)

    async def _recall_ourselves(self) -> None:
        """What Slack told an earlier process, so that strangers are told apart from the first request on."""
        for name in vars(self._ours):
            known = await self.database.read(lambda tx, name=name: tx.fact(f"slack.{name}"))  # type: ignore[misc]
            setattr(self._ours, name, known or "")

    def _remember_ourselves(self, tx: Transaction) -> None:
        for name, value in vars(self._ours).items():
            tx.keep_fact(f"slack.{name}", value)

    def _keep_running(self, coroutine: Coroutine[Any, Any, None], stop: Callable[[], None]) -> None:
        """Run beside the rest. Should it die, the process ends, so that whoever supervises us starts a whole one."""
        self._stops.append(stop)
        task = asyncio.create_task(coroutine)
        task.add_done_callback(self._ended)

        async def finish() -> None:
            stop()
            if not task.done() and task.get_coro() is not None:
                await asyncio.wait([task], timeout=8.0)
            task.cancel()

        self._stack.push_async_callback(finish)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.critical("a part of Muster died", exc_info=error)
            self._failure = error
            self._finished.set()

"""First door, aside: what a menu offers while somebody types in it. Slack asks each time, and waits three seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.conversation import Conversation
from bot.domain.errors import Refused, Unavailable
from bot.domain.incident import Reference
from bot.effects import World
from bot.slack.blocks import Json, option
from commands import Call, Reply
from commands.allowed import allow_outright
from storage import Transaction

log = logging.getLogger(__name__)

FOUND_WITHIN = 1.5  # seconds
MOST = 100  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
VERB = "connect"  # the only one whose form has such menus


class Menus:
    def __init__(self, world: World, conversation: Conversation) -> None:
        self._world, self._conversation = world, conversation
        pagerduty = world.pagerduty
        self._searches: Mapping[str, Callable[[str], Awaitable[Sequence[Reference]]]] = {
            "existing_service": pagerduty.services_like, "policy": pagerduty.escalation_policies_like,
        }  # fmt: skip

    async def offered(self, call: Call, menu: str) -> list[Json]:
        """Nothing to whom the policy would refuse the form. `call.text` is what was typed."""
        may = await self._conversation.answer(replace(call, verb=VERB), _allowed)
        if menu not in self._searches or not may.quiet:
            return []
        found = await self._found(menu, call.text.strip())
        named = sorted(found, key=lambda one: (one.summary.casefold(), one.id))
        return [option(one.id, one.summary or one.id) for one in named[:MOST]]

    async def _found(self, menu: str, words: str) -> Sequence[Reference]:
        """While PagerDuty does not answer, the services that are known."""
        try:
            async with asyncio.timeout(FOUND_WITHIN):
                return await self._searches[menu](words)
        except (Refused, Unavailable, TimeoutError) as trouble:
            log.warning("what the menu %s offers is from memory: %s", menu, trouble)
        if menu != "existing_service":
            return []
        known = await self._world.database.read(lambda tx: tx.services())
        return [one for one in known if words.casefold() in one.summary.casefold()]


def _allowed(tx: Transaction, call: Call) -> Reply:
    allow_outright(call)
    return Reply("", quiet=True)

"""First door, aside: what a menu offers while somebody types in it. Slack asks each time, and waits three seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from bot.domain.errors import Refused, Unavailable
from bot.domain.incident import Reference
from bot.domain.source import placed
from bot.effects import World
from bot.slack.blocks import Json, option
from bot.speaking.conversation import Conversation, left_of
from commands import Call, Reply
from commands.allowed import allow_outright
from storage import Transaction

log = logging.getLogger(__name__)

FOUND_WITHIN, REMEMBERED_WITHIN = 1.5, 0.3  # seconds
MOST = 100  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
VERB = "connect"  # the only one whose form has such menus


Search = Callable[[World, str], Awaitable[Sequence[Reference]]]
SEARCHES: Mapping[str, Search] = {
    "existing_service": lambda world, words: world.pagerduty.services_like(words),
    "policy": lambda world, words: world.pagerduty.escalation_policies_like(words),
}


class Menus:
    def __init__(self, world: World, conversation: Conversation) -> None:
        self._world, self._conversation = world, conversation

    async def offered(self, call: Call, menu: str) -> list[Json]:
        """Of all accounts. Nothing to whom the policy would refuse the form. `call.text` is what was typed."""
        may = await self._conversation.answer(replace(call, verb=VERB), _allowed)
        if menu not in SEARCHES or not may.quiet:
            return []
        accounts = ("", *sorted(self._world.accounts))
        left = min(FOUND_WITHIN, left_of(call))
        found = await asyncio.gather(
            *(self._options(menu, call.text.strip(), self._world.of(one), left) for one in accounts)
        )
        return list(chain(*(offered[: MOST // len(accounts)] for offered in found)))

    async def _options(self, menu: str, words: str, world: World, within: float) -> list[Json]:
        named = sorted(await self._found(menu, words, world, within), key=lambda one: (one.summary.casefold(), one.id))
        whose = f"{world.account}: " if world.account else ""
        return [option(placed(one.id, world.account), f"{whose}{one.summary or one.id}") for one in named]

    async def _found(self, menu: str, words: str, world: World, within: float) -> Sequence[Reference]:
        """While PagerDuty does not answer, the services that are known."""
        try:
            async with asyncio.timeout(within):
                return await SEARCHES[menu](world, words)
        except (Refused, Unavailable, TimeoutError) as trouble:
            log.warning("what the menu %s offers is from memory: %s", menu, trouble)
        if menu != "existing_service" or world.account:
            return []
        try:
            known = await world.database.read(lambda tx: tx.services(), within=REMEMBERED_WITHIN)
        except Unavailable:
            return []
        return [one for one in known if words.casefold() in one.summary.casefold()]


def _allowed(tx: Transaction, call: Call) -> Reply:
    allow_outright(call)
    return Reply("", quiet=True)

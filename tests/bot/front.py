"""The first door between the pretended Slack and a ledger."""

from typing import Any

from bot.domain.incident import Reference
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.effects import World
from bot.simulator import Simulator
from bot.slack.views.card import card
from storage import Transaction
from tests.builders import room_opened, triggered

ROOM, ELSEWHERE, BOT = "C0CHECKOUT", "C0GENERAL", "U0MUSTER"


class Front:
    """INC-1 stands in the ledger, its room is open, and what is owed stays owed."""

    def __init__(self, simulator: Simulator, world: World) -> None:
        self.slack, self.world, self.database = simulator.slack, world, world.database
        self.faults = simulator.faults

    async def introduce(self) -> None:
        self.slack.channel(ROOM).members.add(BOT)

        def introduce(tx: Transaction) -> None:
            tx.remember_services([Reference("PSCHECK", "Checkout")])
            tx.record(triggered(by=MUSTER))
            tx.record(room_opened(by=MUSTER, channel=ROOM))

        await self.database.write(introduce)
        await self.owed()

    async def press(self, verb: str, *, by: str = "Alice", channel: str = ROOM) -> Any:
        """On a card of INC-1, posted as it stands now."""
        incident = await self.database.read(lambda tx: tx.incident(1))
        assert incident
        ts = await self.world.slack.post(channel, card(incident), key="card")
        return await self.slack.press(by, channel, ts, f"command:{verb}")

    async def owed(self, *kinds: str) -> list[Claim]:
        """Jobs that are due, of these kinds, which are thereby done."""
        claims = await self.database.write(lambda tx: [one for one in tx.claim(100) if tx.settle(one)])
        return [claim for claim in claims if claim.job.kind in kinds]

    async def told(self) -> list[str]:
        """What people are to be told in private, by whatever way."""
        return [str(claim.job.arguments["text"]) for claim in await self.owed("tell")]

    async def form(self) -> str:
        """The id of the form that was asked for last, once it is open."""
        (claim,) = await self.owed("open_form")
        await self.world.slack.open_form(claim.job.arguments["trigger_id"], claim.job.arguments["view"])
        return self.slack.views("Alice")[-1].id

    async def done(self) -> list[tuple[str, str]]:
        """(kind, actor) of what people did, as the timeline has it."""
        await self.slack.settled()
        entries = await self.database.read(lambda tx: tx.timeline("INC-1"))
        return [(entry.kind, entry.actor.name) for entry in entries if entry.actor != MUSTER]

"""A busy day in PagerDuty and Slack, as fast as wanted: webhooks, a tenth of them twice, and people who press."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.domain.policy import SILENCE
from bot.simulator import Simulator
from bot.simulator.faults import Fault, Faults
from bot.simulator.pagerduty.delivery import Delivery
from bot.simulator.pagerduty.incident import Incident
from bot.simulator.slack.model import Channel, Ephemeral, Message
from bot.speaking.conversation import ACT_THERE

ONE_IN = 12  # happenings is a new incident
ROOMS = 1 / 3  # of the incidents deserve one
TWICE = 0.1  # of the webhooks come again
LOST = 0.05  # of the replies
LOOK_EVERY, LOOKS = 0.1, 300  # seconds, and how often people look for a room they were paged for
PATIENCE = aiohttp.ClientTimeout(total=5)


@dataclass
class Lossy(Faults):
    """Of the bot's calls some have their effect, and their reply is lost."""

    rng: random.Random = field(default_factory=lambda: random.Random(11))
    share: float = LOST
    lost: int = 0

    def hit(self, name: str) -> Fault:
        fault = super().hit(name)
        if fault.outcome == "ok" and name.startswith(("slack:", "pagerduty:")) and self.rng.random() < self.share:
            self.lost += 1
            return Fault(name, lost_reply=True, latency=fault.latency)
        return fault


@dataclass
class Press:
    """Something one person did once. `taken`: Muster answered, so it must happen; unless it told them, at once or a
    little later, that it did not or may not have (`sent_on`). `hears`: all that they were told so far."""

    incident: Incident
    hears: Callable[[], str]
    note: str | None = None
    taken: bool = False

    @property
    def sent_on(self) -> bool:
        return any(said in self.hears() for said in (ACT_THERE, SILENCE))


class Stream:
    """`acknowledged` are the ids of the events for which a 2xx was heard, of copies too."""

    def __init__(self, simulator: Simulator, seed: int, looks: int = LOOKS) -> None:
        self._simulator = simulator
        self._rng = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._copied, self._looks = 0, looks
        self._again: set[str] = set()
        self.presses: list[Press] = []
        self.deserving: list[Incident] = []
        self._quiet: list[Incident] = []

    @property
    def sent(self) -> int:
        return len(self._simulator.pagerduty.deliveries) + self._copied

    @property
    def acknowledged(self) -> set[str]:
        deliveries = self._simulator.pagerduty.deliveries
        heard = {each.event_id for each in deliveries if any(_is_yes(one.status) for one in each.attempts)}
        return heard | self._again

    async def run(self, webhooks: int, progress: Callable[[], float]) -> None:
        """So many webhooks, of which no larger share is sent than `progress` says."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while self.sent < webhooks:
                await self._happen(session)
                while self.sent > webhooks * (share := progress()) and share < 1:  # the last may bring several
                    await asyncio.sleep(0.005)
            await asyncio.gather(*self._tasks)

    async def _happen(self, session: aiohttp.ClientSession) -> None:
        before = len(self._simulator.pagerduty.deliveries)
        if not self._quiet or self._rng.random() < 1 / ONE_IN:
            await self._trigger()
        else:
            await self._change(self._rng.choice(self._quiet + self.deserving))
        for delivery in self._simulator.pagerduty.deliveries[before:]:
            if self._rng.random() < TWICE:
                self._copied += 1
                self._go(self._copy(delivery, session))

    async def _trigger(self) -> None:
        pagerduty = self._simulator.pagerduty
        deserves = self._rng.random() < ROOMS
        incident = await pagerduty.trigger(
            f"Trouble {len(pagerduty.incidents)}", urgency="high" if deserves else "low"
        )  # fmt: skip
        (self.deserving if deserves else self._quiet).append(incident)
        if deserves:
            self._go(self._respond(incident))

    async def _change(self, incident: Incident) -> None:
        pagerduty, what = self._simulator.pagerduty, self._rng.random()
        if what < 0.3:
            await pagerduty.set_priority(incident, self._rng.choice(["P3", "P4", "P5"]))
        elif what < 0.4 and incident in self._quiet:
            await (pagerduty.resolve if incident.is_open else pagerduty.reopen)(incident)
        elif what < 0.6:
            await pagerduty.publish_status_update(incident, f"Update {self.sent}")
        else:
            await pagerduty.annotate(incident, f"Seen {self.sent}")

    async def _copy(self, delivery: Delivery, session: aiohttp.ClientSession) -> None:
        """The same once more, at the same time or later; nobody repeats this one."""
        await asyncio.sleep(self._rng.choice([0.0, 0.0, 0.5]))
        try:
            url = f"{self._simulator.bot_url}/pagerduty/webhook"
            async with session.post(url, data=delivery.body, headers=delivery.headers()) as answer:
                if _is_yes(answer.status):
                    self._again.add(delivery.event_id)
        except (aiohttp.ClientError, TimeoutError):
            return

    async def _respond(self, incident: Incident) -> None:
        """Bob acknowledges on the card, and Alice writes a note, each once, whatever comes of it."""
        found, looked = _card(self._simulator, incident), 0
        while found is None and looked < self._looks:
            await asyncio.sleep(LOOK_EVERY)
            found, looked = _card(self._simulator, incident), looked + 1
        if found is None:
            return  # there is no room: a missing part
        room, card = found
        press = Press(incident, lambda: " | ".join(one.text for one in self._whispers(room, "U0BOB")))
        self.presses.append(press)
        press.taken = (await self._simulator.slack.press("Bob", room.id, card.ts, "command:ack")).ok
        said: list[str] = []
        note = Press(incident, lambda: " | ".join(said), f"Note of {incident.id}")
        self.presses.append(note)
        answer = await self._simulator.slack.command("Alice", room.id, f"/incident note {note.note}")
        note.taken = answer.ok
        said.append(answer.text)

    def _whispers(self, room: Channel, user: str) -> list[Ephemeral]:
        return [one for one in self._simulator.slack.ephemerals if (one.channel, one.user) == (room.id, user)]

    def _go(self, what: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.create_task(what))


def _is_yes(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _card(simulator: Simulator, incident: Incident) -> tuple[Channel, Message] | None:
    """The pinned message of the room whose topic or name tells this incident."""
    for room in simulator.slack.channels.values():
        pinned = (message for message in room.messages if message.ts in room.pins)
        if room.name.endswith(f"-{incident.title.lower().replace(' ', '-')}") and (card := next(pinned, None)):
            return room, card
    return None

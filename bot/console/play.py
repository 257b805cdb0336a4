"""The demo's scripted incident: what a responder would do, and a check after each step that it became true."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.console.demo import Stage
from bot.console.export import as_text

Say = Callable[[str], Any]
PATIENCE = 10.0  # seconds a step may take to become true


class Story:
    """The people, the room, and what has become true so far."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self.slack, self.pagerduty = stage.simulator.slack, stage.simulator.pagerduty
        self.database = stage.bot.database
        self.say = say
        self.failed = 0

    async def step(self, what: str, act: Callable[[], Awaitable[Any]], is_true: Callable[[], Any]) -> Any:
        """Do it, wait until it shows, and say so."""
        started = time.monotonic()
        await act()
        found = await _eventually(is_true)
        took = (time.monotonic() - started) * 1000
        self.failed += not found
        self.say(f"{'ok  ' if found else 'FAIL'} {what} ({took:.0f} ms)")
        return found

    def room(self) -> Any:
        """The war room, once it is there and furnished."""
        rooms = [channel for channel in self.slack.channels.values() if channel.name.startswith("inc-1-")]
        return rooms[0] if rooms and rooms[0].pins and len(rooms[0].members) > 1 else None

    def card(self) -> Any:
        """The pinned message."""
        return next(message for message in self.room().messages if message.ts in self.room().pins)

    def says(self, words: str) -> bool:
        """Whether a message in the room contains these words, in its text or its blocks."""
        return any(words in f"{message.text} {message.blocks}" for message in self.room().messages)


async def play(stage: Stage, *, say: Say) -> int:
    """Page → room → acknowledge by button → note → change → resolve by command → timeline. The exit code."""
    story = Story(stage, say)
    incident: list[Any] = []

    async def page() -> None:
        incident.append(await story.pagerduty.trigger("Checkout answers 500 to every third customer"))

    async def press() -> None:
        await story.slack.press("Alice", story.room().id, story.card().ts, "command:ack")

    def typed(text: str) -> Callable[[], Awaitable[Any]]:
        return lambda: story.slack.command("Alice", story.room().id, text)

    def status() -> str:
        return str(incident[0].status)

    if not await story.step("PagerDuty pages: a war room opens, its card pinned, people invited", page, story.room):
        return 1
    acknowledged = await story.step(
        "Alice presses Acknowledge: PagerDuty's log names her", press,
        lambda: status() == "acknowledged" and incident[0].log[-1].agent_name == "Alice Andersen",
    )  # fmt: skip
    note, change = "The replica of the orders database is 40 minutes behind", "deploy Checkout v42"
    await story.step("Alice notes what she found", typed(f"/incident note {note}"), lambda: story.says(note))
    await story.step(
        "Alice logs a change: PagerDuty has the change event", typed(f"/incident change {change}"),
        lambda: story.pagerduty.change_events,
    )  # fmt: skip
    await story.step(
        "Alice types /incident resolve: resolved in PagerDuty", typed("/incident resolve"),
        lambda: acknowledged and status() == "resolved",
    )  # fmt: skip
    await story.step("the card says how long it took", lambda: asyncio.sleep(0), lambda: _took(story))
    await _show_timeline(story)
    return 1 if story.failed else 0


def _took(story: Story) -> bool:
    return "Resolved" in f"{story.card().text} {story.card().blocks}"


async def _show_timeline(story: Story) -> None:
    incident = await story.database.read(lambda tx: tx.incident(1))
    entries = await story.database.read(lambda tx: tx.timeline("INC-1"))
    if incident:
        story.say("\n" + as_text(incident, entries))


async def _eventually(is_true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := is_true()) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return found

"""Two people press at once: PagerDuty hears of it once, and whoever was second is told who was first.

`python -m tests.promises.races --full` runs a thousand races on each database.
"""

import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.simulator.pagerduty.incident import Incident as Page
from bot.simulator.slack import payloads
from bot.simulator.slack.delivery import Parcel
from bot.simulator.slack.tokens import ResponseUrl
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.town import Town, a_town

AT_ONCE = 10  # incidents that are raced for side by side, each twice
NAMES = {"Alice": "Alice Andersen", "Bob": "Bob Brown"}
REQUESTED = {"ack": "acknowledge.requested", "resolve": "resolve.requested"}
STATUS = {"ack": "acknowledged", "resolve": "resolved"}


@dataclass
class Outcome:
    """How often each of the two was first, and what went wrong, a sentence each."""

    winners: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def races(self) -> int:
        return self.winners.total()


async def raced(database_url: str, races: int) -> Outcome:
    """As many races as asked for, half to acknowledge and half to resolve, over real HTTP."""
    outcome, left = Outcome(), races // 2
    async with a_town(database_url) as town:
        while left > 0:
            first = races // 2 - left + 1
            numbers = range(first, first + min(AT_ONCE, left))
            pages = [await town.pagerduty.trigger(f"Disk {number} is full", urgency="low") for number in numbers]
            left -= len(pages)
            numbered = [await _number(town, page) for page in pages]
            for verb in ("ack", "resolve"):
                await _lap(town, verb, list(zip(numbered, pages, strict=True)), outcome)
    return outcome


async def _number(town: Town, page: Page) -> int:
    found: Any = await eventually(
        lambda: town.database.read(lambda tx: tx.incident_by_pagerduty_id(page.id)), within=10.0
    )  # fmt: skip
    return int(found.number)


async def _lap(town: Town, verb: str, field_of: Sequence[tuple[int, Page]], outcome: Outcome) -> None:
    called = Counter(town.writes())
    told = {who: len(town.told(who)) for who in NAMES}
    presses = [(number, who) for number, _ in field_of for who in sorted(NAMES, reverse=number % 2 == 0)]
    await asyncio.gather(*(_press(town, verb, number, who) for number, who in presses))
    await eventually(lambda: all(page.status == STATUS[verb] for _, page in field_of), within=60.0)
    for who, before in told.items():
        await _is_told(town, who, before + len(field_of))
    calls = Counter(town.writes()) - called
    for number, page in field_of:
        await _judge(town, verb, number, calls[f"PUT /incidents/{page.id}"], outcome)


async def _is_told(town: Town, who: str, times: int) -> None:
    await eventually(lambda: len(town.told(who)) >= times, within=20.0)


async def _press(town: Town, verb: str, number: int, who: str) -> None:
    """A button in an answer that only they saw."""
    user, where = town.slack.user(who), town.slack.channel("general")
    action = {"type": "button", "action_id": f"command:{verb}", "block_id": "b", "value": f"INC-{number}",
              "action_ts": payloads.action_ts()}  # fmt: skip
    body = payloads.interaction(
        "block_actions", user, actions=[action], trigger_id=town.slack.workspace.triggers.issue(user.id),
        response_url=town.slack.workspace.responses.issue(ResponseUrl(user.id, where.id)),
        **payloads.in_message(where, "1.1", None),
    )  # fmt: skip
    reply = await town.slack.delivery.send(Parcel("interactive", "block_actions", body))
    assert reply.status == 200


async def _judge(town: Town, verb: str, number: int, calls: int, outcome: Outcome) -> None:
    asked = [entry for entry in await town.timeline(number) if entry.kind == REQUESTED[verb]]
    winner = next(who for who, name in NAMES.items() if name == asked[0].actor.name)
    loser = next(who for who in NAMES if who != winner)
    answers = [text for text in town.told(loser) if re.search(rf"INC-{number}\b|^(?!.*INC-)", text)]
    outcome.winners[winner] += 1
    problems = {
        f"{calls} calls to PagerDuty": calls != 1,
        f"{len({entry.actor for entry in asked})} people on record as asking": len({one.actor for one in asked}) > 1,
        f"{loser} was not told of {winner} but {answers}": not any(NAMES[winner] in text for text in answers),
    }
    outcome.wrong += [f"{verb} INC-{number}: {problem}" for problem, is_so in problems.items() if is_so]


async def figure(databases: Mapping[str, str], races: int) -> list[str]:
    wrong: list[str] = []
    for name, url in databases.items():
        outcome = await raced(url, races)
        firsts = ", ".join(f"{who} first {times}" for who, times in sorted(outcome.winners.items()))
        amiss = f"{len(outcome.wrong)} with a second call or an untold loser"
        print(f"races: {outcome.races} on {name}, {amiss} ({firsts})")
        wrong += outcome.wrong
    return wrong


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-races-")))
        server = stack.enter_context(postgres.server())
        databases = {
            "SQLite": f"sqlite:///{folder / 'muster.db'}", "PostgreSQL": stack.enter_context(postgres_database(server)),
        }  # fmt: skip
        for url in databases.values():
            migrated(url)
        wrong = asyncio.run(figure(databases, 1_000 if "--full" in sys.argv else 50))
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

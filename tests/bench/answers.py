"""How long a person waits for the answer to a slash command: alone, and when 200 people ask at once."""

from pathlib import Path

from bot.simulator import Simulator
from tests.bench.figure import Figure, Scale, percentile
from tests.bench.machine import quiet
from tests.bench.processes import Served, answer_of, muster

LIMIT = 50.0  # milliseconds
OPEN_INCIDENTS = 5


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    async with Simulator() as simulator, muster(simulator, folder) as bot:
        for number in range(OPEN_INCIDENTS):
            await simulator.pagerduty.trigger(f"Search lags {number}", service="Search", urgency="low")
        await simulator.pagerduty.settled()
        await _asked(bot, 1, 6, 0.0)  # who asks is known from now on
        alone = await _asked(bot, 1, scale.commands, scale.patience)
        storm = [wait for _ in range(scale.storms) for wait in await _asked(bot, scale.storm, 1, scale.patience)]
    return [
        Figure("slash command answered, alone, p50", percentile(alone, 50), "ms"),
        Figure("slash command answered, alone, p99", percentile(alone, 99), "ms", LIMIT),
        Figure(f"slash command answered, {scale.storm} at once, p50", percentile(storm, 50), "ms"),
        Figure(f"slash command answered, {scale.storm} at once, p99", percentile(storm, 99), "ms", LIMIT),
    ]


async def _asked(bot: Served, at_once: int, each: int, patience: float) -> list[float]:
    """Milliseconds, one for each command."""
    await quiet(patience)
    heard = await answer_of("tests.bench.client", bot.url, "slack", str(at_once), "--each", str(each))
    if set(heard["statuses"]) != {"200"}:
        raise RuntimeError(f"answered {heard['statuses']}")
    return list(heard["milliseconds"])

"""A tail that somebody cuts off the record, and what shows it: Slack does, and where nobody looked `verify` says so."""

import base64
import shutil
from pathlib import Path

import pytest

from bot.config import Config
from bot.console import proving
from bot.console.demo import CHOICES
from bot.domain.checkpoint import WANTED
from bot.settings.choices import AnchorChoices
from bot.simulator import Simulator
from bot.simulator.slack.messages import post
from bot.simulator.slack.model import BOT_USER_ID
from bot.slack.views.checkpoints import said
from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.town import Town, a_bot_in, outside, settings

pytestmark = pytest.mark.anyio
KEY = {"MUSTER_SIGNING_KEY": base64.b64encode(bytes([1]) * 32).decode()}
IN_SLACK_ALONE = CHOICES.model_copy(update={"anchors": AnchorChoices(file=False)})


async def checkpoint(town: Town) -> None:
    """In Slack, of at least all there is now."""
    entries = await town.database.read(lambda tx: sum(part.entries for part in tx.parts()))

    async def is_anchored() -> bool:
        return await town.database.read(lambda tx: tx.anchored_entries("slack")) >= entries

    await town.database.write(lambda tx: tx.put(WANTED))
    await eventually(is_anchored)


async def note(town: Town, text: str) -> None:
    before = (await town.kinds()).count("note.sent")

    async def is_sent() -> bool:
        return (await town.kinds()).count("note.sent") > before

    await town.slack.command("Bob", (await town.channel()).id, f"/incident note {text}")
    await eventually(is_sent)
    await checkpoint(town)


async def opened(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    await town.room()
    await checkpoint(town)


async def verified(config: Config, capsys: pytest.CaptureFixture[str], *, online: bool = True) -> tuple[int, str]:
    capsys.readouterr()
    code = await proving.verify(config, None, frozenset(), online=online)
    return code, capsys.readouterr().out


def copied(here: Path, there: Path) -> None:
    """The database, with the key and the anchor file beside it, in place of what is there."""
    there.mkdir(exist_ok=True)
    for path in there.glob("muster.db*"):
        path.unlink()
    for path in here.glob("muster.db*"):
        shutil.copy(path, there)


@on_sqlite
async def test_a_tail_cut_off_in_the_database_and_the_file_shows_in_slack_though_muster_went_on(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, CHOICES, **KEY) as town:
            await opened(town)
        copied(tmp_path, tmp_path / "before")
        async with a_bot_in(simulator, database_url, CHOICES, **KEY) as town:
            await note(town, "I dropped the production table")
        copied(tmp_path / "before", tmp_path)
        async with a_bot_in(simulator, database_url, CHOICES, **KEY) as town:
            await note(town, "all is well")
        config = settings(simulator, database_url, CHOICES, **KEY)
        code, told = await verified(config, capsys, online=False)
        assert (code, "Not looked at: slack up to" in told) == (0, True)
        code, told = await verified(config, capsys)
        assert (code, "Slack shows another one" in told) == (1, True)


QUOTED = f"Bob noted: Checkpoint 1 of today: 5 entries in 1 timelines, hash {'0' * 64}."


def chatted(simulator: Simulator) -> None:
    channel = simulator.slack.channel("incidents")
    under = next(each.thread_ts for each in channel.messages if each.is_reply and said(each.text))
    post(simulator.slack.workspace, channel, BOT_USER_ID, QUOTED, thread_ts=under)
    for nth in range(230):
        post(simulator.slack.workspace, channel, "U0ALICE", f"word {nth}")


async def test_what_slack_should_show_is_missed_and_talk_does_not_hide_it(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, IN_SLACK_ALONE, **KEY) as town:
            await opened(town)
        channel = simulator.slack.channel("incidents")
        newest = max(number for number, _ in filter(None, (said(each.text) for each in channel.messages)))
        config = settings(simulator, database_url, IN_SLACK_ALONE, **KEY)
        chatted(simulator)
        code, told = await verified(config, capsys)
        assert (code, f"Held against slack up to {newest}." in told) == (0, True)
        code, told = await verified(config, capsys, online=False)
        assert code == 0
        assert "Held against nothing outside the database." in told
        assert "could go unnoticed among all" in told
        channel.messages[:] = [each for each in channel.messages if "heckpoint" not in each.text]
        code, told = await verified(config, capsys)
        assert (code, f"checkpoint {newest}" in told, "Slack does not show it" in told) == (1, True, True)

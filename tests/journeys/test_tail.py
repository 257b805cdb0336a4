"""A tail that somebody cuts off the record, and what shows it: Slack and PagerDuty do, and where nobody looked `verify`
says so."""

import base64
import shutil
from pathlib import Path

import pytest

from bot.config import Config
from bot.console import proving
from bot.console.demo import CHOICES
from bot.domain.checkpoint import WANTED
from bot.domain.errors import Misuse
from bot.effects.anchors import PAGERDUTY_AFTER
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
IN_PAGERDUTY_ALONE = CHOICES.model_copy(update={"anchors": AnchorChoices(file=False, slack=False, pagerduty=True)})


async def checkpoint(town: Town, anchor: str = "slack") -> None:
    """There, of at least all there is now."""
    entries = await town.database.read(lambda tx: sum(part.entries for part in tx.parts()))

    async def is_anchored() -> bool:
        return await town.database.read(lambda tx: tx.anchored_entries(anchor)) >= entries

    await town.database.write(lambda tx: tx.put(WANTED))
    await eventually(is_anchored)


async def note(town: Town, text: str, number: int = 1) -> None:
    before = (await town.kinds(number)).count("note.sent")

    async def is_sent() -> bool:
        return (await town.kinds(number)).count("note.sent") > before

    await town.slack.command("Bob", (await town.channel(number)).id, f"/incident note {text}")
    await eventually(is_sent)


async def many_notes(town: Town, text: str, number: int = 1) -> None:
    """Enough for PagerDuty to be given a checkpoint."""
    for nth in range(PAGERDUTY_AFTER // 2):
        await note(town, f"{text} {nth}", number)
    await checkpoint(town, "pagerduty")


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
            await checkpoint(town)
        copied(tmp_path / "before", tmp_path)
        async with a_bot_in(simulator, database_url, CHOICES, **KEY) as town:
            await note(town, "all is well")
            await checkpoint(town)
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


@on_sqlite
async def test_a_tail_cut_off_shows_in_pagerduty_on_an_incident_that_the_database_has_forgotten(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, IN_PAGERDUTY_ALONE, **KEY) as town:
            await town.pagerduty.trigger("Checkout is down")
            await town.room()
        copied(tmp_path, tmp_path / "before")
        async with a_bot_in(simulator, database_url, IN_PAGERDUTY_ALONE, **KEY) as town:
            page = await town.pagerduty.trigger("Payments is down", service="Payments", urgency="high")
            await town.room(2)
            await many_notes(town, "I dropped the production table", 2)
        assert any(said(one.content) for one in page.notes)
        config = settings(simulator, database_url, IN_PAGERDUTY_ALONE, **KEY)
        code, told = await verified(config, capsys)
        assert (code, "Held against pagerduty up to" in told) == (0, True)
        copied(tmp_path / "before", tmp_path)
        code, told = await verified(config, capsys)
        assert (code, "PagerDuty shows another one, or one that is no longer in the database" in told) == (1, True)


async def test_a_note_that_pagerduty_no_longer_shows_is_missed(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, IN_PAGERDUTY_ALONE, **KEY) as town:
            page = await town.pagerduty.trigger("Checkout is down")
            await town.room()
            await many_notes(town, "looking")
        page.log[:] = [entry for entry in page.log if entry.type != "annotate_log_entry"]
        code, told = await verified(settings(simulator, database_url, IN_PAGERDUTY_ALONE, **KEY), capsys)
        assert (code, "PagerDuty does not show it" in told) == (1, True)


async def test_where_no_anchor_can_be_asked_online_says_what_to_do(database_url: str) -> None:
    in_file_alone = CHOICES.model_copy(update={"anchors": AnchorChoices(slack=False)})
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, in_file_alone, **KEY) as town:
            await town.pagerduty.trigger("Checkout is down")
            await town.room()
            await checkpoint(town, "file")
        config = settings(simulator, database_url, in_file_alone, **KEY)
        with pytest.raises(Misuse, match="name a Slack channel, or PagerDuty, under"):
            await proving.verify(config, None, frozenset(), online=True)

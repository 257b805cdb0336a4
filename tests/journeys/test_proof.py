"""A timeline that was signed, anchored and redacted, as responders and auditors see it."""

import base64
import json
from pathlib import Path

import pytest

from bot import cli, proving
from bot.choices import AnchorChoices
from bot.config import Config
from bot.demo import CHOICES
from bot.domain.checkpoint import WANTED
from bot.domain.job import Job
from bot.proof.keys import Keys
from bot.simulator.slack.model import Channel
from bot.slack.views.checkpoints import said
from tests.eventually import eventually
from tests.journeys.town import Town, a_bot_in, lines, outside, settings

pytestmark = pytest.mark.anyio
OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
SECRET = "the replica's password=Tr0ub4dor-3x9Q"


async def checkpoint(town: Town) -> None:
    await town.database.write(lambda tx: tx.put(WANTED))
    await town.settled()


def thread(channel: Channel) -> list[str]:
    return [message.text for message in channel.messages if message.is_reply]


async def test_what_is_signed_can_be_checked_and_exported(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choices = CHOICES.model_copy(update={"anchors": AnchorChoices(file=str(tmp_path / "anchor"))})
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, choices, MUSTER_SIGNING_KEY=OLD) as town:
            await town.pagerduty.trigger("Checkout is down")
            await town.room()
            await checkpoint(town)
        async with a_bot_in(simulator, database_url, choices, MUSTER_SIGNING_KEY=f"{NEW},{OLD}") as town:
            for note in ("restarted", "better"):
                await town.slack.command("Alice", (await town.channel()).id, f"/incident note {note}")
                await checkpoint(town)
        announced = simulator.slack.channel("incidents")
        config = settings(simulator, database_url, choices, MUSTER_SIGNING_KEY=NEW)
        stated = [said(text) for text in thread(announced)]
        assert [one and one[0] for one in stated] == list(range(1, len(stated) + 1))  # the clock may have made one more
        assert (tmp_path / "anchor").read_text().count("\n") == len(stated) >= 3
        assert await proving.verify(config, None, frozenset(), online=True) == 0
        told = capsys.readouterr().out
        assert "every chain is whole" in told
        assert f"signed by {Keys.read(OLD).current} and then {Keys.read(NEW).current}." in told
        assert f"Slack shows {len(stated)} checkpoints, and they are the same." in told
        await _exported(config, capsys)


async def test_a_checkpoint_that_slack_has_is_not_said_again(database_url: str) -> None:
    """One whose turn comes late finds that the one before took the newest along."""
    async with outside() as simulator, a_bot_in(simulator, database_url, MUSTER_SIGNING_KEY=OLD) as town:
        await town.pagerduty.trigger("Checkout is down")
        await town.room()
        await checkpoint(town)
        await town.database.write(lambda tx: tx.put(Job("anchor_in_slack", "anchor/slack")))
        await town.settled()
        stated = [said(text) for text in thread(simulator.slack.channel("incidents"))]
        assert len(stated) == len(set(stated)) >= 1


async def _exported(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    """On its own: no database, no configuration."""
    assert await cli.timeline(config, "INC-1", "json") == 0
    export = capsys.readouterr().out
    assert await proving.verify_export(export, frozenset({Keys.read(NEW).current})) == 0
    assert "stand in checkpoint" in capsys.readouterr().out
    assert await proving.verify_export(export, frozenset({Keys.read(OLD).current})) == 1
    told = json.loads(export)
    lies = [
        {**told, "entries": told["entries"][: told["proof"]["leaf"]["size"] - 1]},
        {**told, "entries": told["entries"][1:]},
        {**told, "entries": [{**told["entries"][0], "text": "It was Bob"}, *told["entries"][1:]]},
        {**told, "entries": [{**told["entries"][0], "salt": None}, *told["entries"][1:]]},
        {**told, "proof": {**told["proof"], "path": [], "index": 0, "leaf": {**told["proof"]["leaf"], "size": 1}}},
        {**told, "proof": {**told["proof"], "signature": "00" * 64}},
    ]
    for lie in lies:
        assert await proving.verify_export(json.dumps(lie), frozenset()) == 1


async def test_a_secret_is_offered_for_redaction_and_taken_everywhere_it_can(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choices = CHOICES.model_copy(update={"anchors": AnchorChoices(file=str(tmp_path / "anchor"))})
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url, choices, MUSTER_SIGNING_KEY=OLD) as town:
            await town.pagerduty.trigger("Checkout is down")
            room = await town.room()
            answer = await town.slack.command("Alice", room.id, f"/incident note {SECRET}")
            assert "looks as if it held a password" in answer.text
            await town.settled()
            [entry] = [one for one in await town.timeline() if one.kind == "note.written"]
            assert any(SECRET in line for line in lines(room))
            await town.slack.command("Alice", room.id, f"/incident redact {entry.seq} a password")
            await eventually(lambda: not any(SECRET in line for line in lines(room)))
            await checkpoint(town)
            again = {one.seq: one for one in await town.timeline()}
            assert (again[entry.seq].text, again[entry.seq].details) == ("(redacted)", {})
            redaction = max(again.values(), key=lambda one: one.seq * (one.kind == "entry.redacted"))
            assert redaction.text == f"Alice Andersen redacted entry {entry.seq}: a password"
            assert f"(entry {entry.seq} was redacted by Alice Andersen)" in lines(room)
            incident = await town.incident()
            assert SECRET not in repr(incident)
        config = settings(simulator, database_url, choices, MUSTER_SIGNING_KEY=OLD)
        assert await proving.verify(config, None, frozenset(), online=False) == 0
        others = [one.seq for one in again.values() if SECRET in one.text]  # PagerDuty's echo of the note
        for seq in others:
            assert await proving.redact(config, "INC-1", seq, "echo", by="root") == 0
        assert await proving.verify(config, "INC-1", frozenset(), online=False) == 0
        capsys.readouterr()
        assert await cli.timeline(config, "INC-1", "json") == 0
        export = capsys.readouterr().out
        assert SECRET not in export
        assert await proving.verify_export(export, frozenset()) == 0


async def test_a_message_with_a_secret_earns_its_author_advice_and_is_not_kept(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    before = await town.kinds()
    await town.slack.say("Bob", room.id, "use AKIAIOSFODNN7EXAMPLE for it")
    await eventually(lambda: any("an AWS key" in told for told in town.told("Bob")))
    assert await town.kinds() == before

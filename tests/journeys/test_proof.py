"""A timeline that was signed, anchored and redacted, as responders and auditors see it."""

import base64
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.config import Config
from bot.console import cli, proving
from bot.console.demo import CHOICES
from bot.domain.checkpoint import WANTED
from bot.domain.errors import Misuse
from bot.domain.job import Job
from bot.proof.keys import Keys
from bot.settings.choices import AnchorChoices
from bot.simulator.slack.model import Channel
from bot.slack.views.checkpoints import said
from storage import NewDelivery, Transaction
from storage.schema import metadata
from tests.eventually import eventually
from tests.journeys.town import Town, a_bot_in, lines, outside, settings
from tests.journeys.works import SECRET as PROOF
from tests.journeys.works import source, works

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
        assert f"Held against file up to {len(stated)}, slack up to {len(stated)}." in told
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


MONITOR = {"monitor": source("events-v2", verify={"routing_key": PROOF})}
ONLY = "the word of one customer alone"


def an_event(kind: str) -> tuple[str, dict[str, Any]]:
    payload = {"summary": f"Trouble with {SECRET}", "source": "db1", "severity": "critical"}
    if kind == "change":
        return "/v2/change/enqueue", {"routing_key": PROOF, "payload": {"summary": payload["summary"]}}
    told = {**payload, "custom_details": {"customer": ONLY}}
    return "/v2/enqueue", {"routing_key": PROOF, "event_action": "trigger", "dedup_key": "d", "payload": told}


def all_of(tx: Transaction, *, but: Collection[str] = ()) -> str:
    return repr([tx._all(sa.select(table)) for table in metadata.sorted_tables if table.name not in but])


@pytest.mark.parametrize("kind", ["change", "trigger"])
async def test_what_a_source_said_of_no_incident_can_be_redacted(database_url: str, kind: str) -> None:
    """An incident's own words stay on the incident, and are redacted there."""
    async with works(database_url, MONITOR) as town:
        path, told = an_event(kind)
        assert (await town.post(path, told)).status_code == 202
        await eventually(lambda: town.alerts() or town.pagerduty.account.change_events)
        await town.settled()
        [entry] = [one for one in await town.said("monitor") if SECRET in one.text]
        config = settings(town.simulator, database_url, CHOICES)
        assert await proving.redact(config, "source:monitor", entry.seq, "a password", by="root") == 0
        again = await town.said("monitor")
        assert (again[entry.seq - 1].text, again[-1].kind) == ("(redacted)", "entry.redacted")
        assert again[-1].text == f"root (command line) redacted entry {entry.seq}: a password"
        assert await proving.verify(config, None, frozenset(), online=False) == 0
        of_incidents = {"incidents", "contents", "inbox", "jobs"} if kind == "trigger" else set()
        left = await town.database.read(lambda tx: all_of(tx, but=of_incidents))
        assert SECRET not in left
        assert ONLY not in left
        [kept] = await town.database.read(lambda tx: tx.deliveries_of("in:monitor", 9))
        assert SECRET.encode() not in kept.body
        assert ONLY.encode() not in kept.body
        with pytest.raises(Misuse, match="is redacted already"):
            await proving.redact(config, "source:monitor", entry.seq, "", by="root")
        with pytest.raises(Misuse, match="source:monitor has no entry 99"):
            await proving.redact(config, "source:monitor", 99, "", by="root")


async def test_what_waits_for_pagerduty_is_taken_by_it_after_its_words_are_gone(database_url: str) -> None:
    """One of the fields says what a member of PagerDuty's own must say, too."""
    async with works(database_url, MONITOR) as town:
        path, told = an_event("trigger")
        told["payload"]["custom_details"]["severity"] = "critical"
        away = town.faults.add("events:*", status=503)
        await town.post(path, told)
        await eventually(lambda: town.faults.calls("events:*"))
        [entry] = [one for one in await town.said("monitor") if SECRET in one.text]
        config = settings(town.simulator, database_url, CHOICES)
        assert await proving.redact(config, "source:monitor", entry.seq, "", by="root") == 0
        town.faults.remove(away)
        await eventually(lambda: town.alerts() == {"d": "triggered"})
        assert [one.title for one in town.pagerduty.incidents] == ["(redacted)"]
        await town.settled()


async def test_what_waits_to_be_read_keeps_its_words(database_url: str) -> None:
    """Its alert's key stands among the fields."""
    async with works(database_url, MONITOR) as town:
        path, told = an_event("trigger")
        told["dedup_key"] = told["payload"]["custom_details"]["host"] = "db1/disk-17"
        await town.post(path, told)
        await eventually(lambda: town.alerts() == {"db1/disk-17": "triggered"})
        await town.settled()
        await town.database.write(lambda tx: tx.keep_source_state("monitor", {"disabled": True}))
        await town.post(path, {"routing_key": PROOF, "event_action": "resolve", "dedup_key": "db1/disk-17"})
        await eventually(lambda: town.database.read(lambda tx: tx.not_understood_of("in:monitor")))
        entry = next(one for one in await town.said("monitor") if SECRET in one.text)
        config = settings(town.simulator, database_url, CHOICES)
        assert await proving.redact(config, "source:monitor", entry.seq, "", by="root") == 0
        await town.slack.command("Alice", "general", "/incident sources enable monitor")
        await eventually(lambda: town.alerts() == {"db1/disk-17": "resolved"})


async def test_an_entry_without_words_may_be_redacted_like_any_other(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.slack.command("Alice", "general", "/incident sources disable monitor")
        [entry] = await eventually(lambda: town.said("monitor"))
        config = settings(town.simulator, database_url, CHOICES)
        assert await proving.redact(config, "source:monitor", entry.seq, "", by="root") == 0
        assert await proving.verify(config, None, frozenset(), online=False) == 0


async def test_what_was_logged_on_a_service_can_be_redacted(town: Town) -> None:
    await eventually(lambda: town.database.read(lambda tx: tx.service("Checkout")))
    await town.slack.command("Alice", "general", f"/change deploy Checkout {SECRET}")
    await eventually(lambda: town.pagerduty.account.change_events)
    await town.settled()
    [service] = [one for one in town.pagerduty.services if one.name == "Checkout"]
    timeline = await town.database.read(lambda tx: tx.timeline(f"service:{service.id}"))
    config = settings(town.simulator, town.database._url.render_as_string(hide_password=False), CHOICES)
    for entry in (one for one in timeline if SECRET in one.text):
        assert await proving.redact(config, "service:Checkout", entry.seq, "", by="root") == 0
    assert SECRET not in await town.database.read(all_of)
    assert await proving.verify(config, None, frozenset(), online=False) == 0


async def test_what_pagerduty_told_of_a_service_is_redacted_in_its_webhook_too(town: Town) -> None:
    [service] = [one for one in town.pagerduty.services if one.name == "Checkout"]
    field = {"id": "F1", "type": "field_value", "name": "note", "value": SECRET, "display_name": "Note"}
    reference = {"id": service.id, "type": "service_reference", "summary": "Checkout"}
    told = {"event": {
        "id": "EV1", "event_type": "service.custom_field_values.updated", "resource_type": "service",
        "occurred_at": "2026-03-02T09:00:00Z", "agent": {"id": "PU", "type": "user_reference", "summary": "Alice"},
        "data": {"service": reference, "custom_fields": [field], "changed_field_ids": ["F1"]},
    }}  # fmt: skip
    webhook = NewDelivery("pagerduty", "EV1", service.id, {}, json.dumps(told).encode(), datetime.now(UTC))
    await town.database.write(lambda tx: tx.keep(webhook))
    [entry] = await eventually(lambda: town.database.read(lambda tx: tx.timeline(f"service:{service.id}")))
    config = settings(town.simulator, town.database._url.render_as_string(hide_password=False), CHOICES)
    assert await proving.redact(config, "service:Checkout", entry.seq, "", by="root") == 0
    assert SECRET not in await town.database.read(all_of)


async def test_a_message_with_a_secret_earns_its_author_advice_and_is_not_kept(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    before = await town.kinds()
    await town.slack.say("Bob", room.id, "use AKIAIOSFODNN7EXAMPLE for it")
    await eventually(lambda: any("an AWS key" in told for told in town.told("Bob")))
    assert await town.kinds() == before

"""What a source says at an awkward moment reaches PagerDuty all the same, and nobody else's alert."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from bot.config import Config
from bot.console import connecting
from bot.console.demo import CHOICES, environment
from bot.receiving.intake import Intake
from bot.receiving.reader import read_some
from bot.roster import Roster
from bot.settings.choices import Choices
from bot.settings.regions import REGIONS, Urls
from bot.simulator import Simulator
from bot.simulator.pagerduty.directory import Integration
from storage import Database, NewDelivery, Transaction
from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, misunderstood, source, works

pytestmark = [pytest.mark.anyio, on_sqlite]
MAP = {
    "dedup_key": "db:{{ body.host }}", "summary": "{{ body.host }} is {{ body.state }}", "severity": "{{ body.level }}",
    "action": {"from": "body.state", "values": {"bad": "trigger", "good": "resolve"}},
}  # fmt: skip


def generic(**more: Any) -> dict[str, Any]:
    return source("generic", map=MAP, **more)


def said(host: str = "db1", state: str = "bad", level: str = "error", **more: Any) -> dict[str, Any]:
    return {"host": host, "state": state, "level": level, **more}


async def kept(town: Works, name: str) -> list[str | None]:
    return [one.complaint for one in await town.database.read(lambda tx: tx.not_understood_of(f"in:{name}"))]


async def test_what_no_route_takes_is_kept_and_a_worse_one_pages(database_url: str) -> None:
    routes = [{"service": "Checkout", "when": "signal.severity == 'critical'"}]
    async with works(database_url, {"cron": generic(route=None, routes=routes)}) as town:
        assert (await town.post("/in/cron", said(level="warning"))).status_code == 202
        [complaint] = await eventually(lambda: kept(town, "cron"))
        assert "no route leads to PagerDuty" in str(complaint)
        await town.post("/in/cron", said(level="critical"))
        await eventually(lambda: town.alerts() == {"db:db1": "triggered"})


async def test_what_a_service_that_is_not_there_should_hear_waits_until_it_is(database_url: str) -> None:
    async with works(database_url, {"cron": generic(route={"service": "Mail"})}) as town:
        await town.post("/in/cron", said())
        await eventually(lambda: town.faults.calls("pagerduty:GET /services*"))
        owed = await town.database.read(lambda tx: tx.owed())
        assert owed.waiting + owed.running + owed.late
        assert "source.signal.failed" not in [entry.kind for entry in await town.said("cron")]


async def test_a_recovery_under_the_senders_own_name_of_the_trouble_is_no_repetition(database_url: str) -> None:
    named = {**MAP, "idempotency_key": "{{ body.id }}"}
    async with works(database_url, {"cron": source("generic", map=named)}) as town:
        await town.post("/in/cron", said(id="7"))
        await eventually(lambda: town.alerts() == {"db:db1": "triggered"})
        await town.post("/in/cron", said(id="7", state="good"))
        await eventually(lambda: town.alerts() == {"db:db1": "resolved"})


async def test_one_sources_recovery_leaves_open_what_another_says_is_wrong(database_url: str) -> None:
    async with works(database_url, {"one": generic(), "two": generic()}) as town:
        await town.post("/in/one", said())
        await town.post("/in/two", said())
        await eventually(lambda: len(town.sent()) == 2)
        await town.settled()
        await town.post("/in/one", said(state="good"))
        await eventually(lambda: _has_said(town, "one", "two says under the same key that it is still wrong"))
        await town.settled()
        assert town.alerts() == {"db:db1": "triggered"}
        await town.post("/in/two", said(state="good"))
        await eventually(lambda: town.alerts() == {"db:db1": "resolved"})


async def _has_said(town: Works, name: str, words: str) -> bool:
    incident = await town.database.read(lambda tx: tx.timeline("INC-1"))
    return any(words in entry.text for entry in [*await town.said(name), *incident])


async def test_addresses_that_nobody_could_open_do_not_keep_an_event_from_pagerduty(database_url: str) -> None:
    links = [{"href": "https://example.com/" + "x" * 15_000} for _ in range(50)]
    event = {"routing_key": SECRET, "event_action": "trigger", "dedup_key": "k", "links": links,
             "payload": {"summary": "s", "source": "h", "severity": "error"}}  # fmt: skip
    async with works(database_url, {"mon": source("events-v2", verify={"routing_key": SECRET})}) as town:
        assert (await town.post("/in/mon", event)).status_code == 202
        await eventually(lambda: town.alerts() == {"k": "triggered"})


async def test_two_runs_of_one_workflow_in_two_places_are_two_alerts(database_url: str) -> None:
    async with works(database_url, {"relay": source("relay")}) as town:
        for scope in ("eu", "us"):
            await town.post("/in/relay", {"workflow": "deploy", "run": "41", "scope": scope, "status": "failed"})
        await eventually(lambda: set(town.alerts()) == {"relay:workflow:deploy:eu", "relay:workflow:deploy:us"})
        await town.settled()


async def test_a_routing_key_is_not_kept_whatever_proves_its_sender(database_url: str) -> None:
    event = {"routing_key": "R" * 32, "event_action": "trigger", "dedup_key": "k",
             "payload": {"summary": "s", "source": "h", "severity": "error"}}  # fmt: skip
    async with works(database_url, {"mon": source("events-v2"), "relay": source("relay")}) as town:
        for name in ("mon", "relay"):
            await town.post(f"/in/{name}", event)
            [delivery] = await town.database.read(lambda tx, name=name: tx.deliveries_of(f"in:{name}", 9))  # type: ignore[misc]
            assert b"R" * 32 not in delivery.body
        await town.settled()


async def test_what_another_replica_took_for_a_source_unknown_here_is_read_once_it_is_known(database_url: str) -> None:
    """While a new muster.yaml reaches one replica after another."""
    body, now = json.dumps(said()).encode(), datetime.now(UTC)
    delivery = NewDelivery("in:cron", "cron:1", None, {}, body, received_at=now)
    async with works(database_url, {}) as town:
        await town.database.write(lambda tx: tx.keep(delivery))
        [complaint] = await eventually(lambda: kept(town, "cron"))
        assert "there is no source cron here; it is read again for an hour" in str(complaint)
        await town.database.write(hurry)
    async with works(database_url, {"cron": generic()}) as town:
        await eventually(lambda: town.alerts() == {"db:db1": "triggered"})
        assert await kept(town, "cron") == []


def hurry(tx: Transaction) -> None:
    tx._connection.execute(sa.text("UPDATE jobs SET due = 0 WHERE kind = 'read_again'"))


async def test_an_unknown_source_is_read_again_ever_later_and_after_an_hour_no_more(database: Database) -> None:
    with freeze_time(real_asyncio=True) as clock:
        delivery = NewDelivery("in:cron", "cron:1", None, {}, b"{}", received_at=datetime.now(UTC))
        await database.write(lambda tx: tx.keep(delivery))
        intake, waits, before = Intake(Roster([]), lambda: None), [], misunderstood("in:cron")
        while waits[-1:] != [None]:
            await database.write(lambda tx: read_some(tx, intake))
            [complained] = await database.read(lambda tx: tx.not_understood())
            waits.append(await database.read(wait))
            await database.write(lambda tx: settle(tx, complained.id))  # noqa: B023
            clock.tick(waits[-1] or 0.0)
    assert waits == [30, 30, 60, 120, 240, 480, 960, 1920, None]
    assert complained.complaint == "there is no source cron any more"
    assert misunderstood("in:cron") == before + 1, "nobody need look before the end"


def wait(tx: Transaction) -> float | None:
    due = tx._connection.scalar(sa.text("SELECT due FROM jobs WHERE kind = 'read_again' AND settled_at IS NULL"))
    return None if due is None else round(due - time.time())


def settle(tx: Transaction, delivery: int) -> None:
    """As the job does."""
    tx._connection.execute(sa.text("DELETE FROM jobs WHERE kind = 'read_again'"))
    tx.unread_again(delivery)


async def test_a_route_that_is_not_there_is_said_and_the_event_goes_where_the_others_lead(database_url: str) -> None:
    async with works(database_url, {"cron": generic()}) as town:
        assert (await town.post("/in/cron?to=nigth", said())).status_code == 202
        await eventually(lambda: town.alerts() == {"db:db1": "triggered"})
        assert await kept(town, "cron") == []
        assert await _has_said(town, "cron", "there is no route 'nigth' here, which ?to= asks for")


async def test_a_route_may_lead_to_another_account_in_another_region(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose key cannot be looked for, and whose alerts are of no incident here, since no token leads there."""
    sources = {"cron": generic(route={"integration_key": "e" * 32, "region": "eu"})}
    async with Simulator() as there:
        monkeypatch.setitem(REGIONS, "eu", Urls("", f"{there.url}/events"))  # type: ignore[arg-type]
        there.pagerduty.service("Search").integrations.append(Integration("Elsewhere", "e" * 32, "PELSEWHERE"))
        async with works(database_url, sources) as town:
            await town.pagerduty.trigger_alert("Somebody else's", dedup_key="db:db1")
            await town.room()
            await town.post("/in/cron", said())
            await eventually(lambda: far(there) == ["triggered"])
            await town.settled()
            assert "signal.correlated" not in await town.kinds()
            await town.post("/in/cron", said(state="good"))
            await eventually(lambda: far(there) == ["resolved"])
            assert town.alerts() == {"db:db1": "triggered"}, "which is another's"
            told = {**environment(town.simulator), "DATABASE_URL": database_url}
            choices = Choices.model_validate({**CHOICES.model_dump(exclude_defaults=True), "sources": sources})
            config = Config.read(told).model_copy(update={"choices": choices})
            assert await connecting.verify_keys(config, "cron", by="root") == 1
            assert "in the region eu, where Muster cannot look" in capsys.readouterr().out


def far(there: Simulator) -> list[str]:
    return [alert.status for alert in there.pagerduty.account.alerts.values()]


async def test_the_list_tells_what_pagerduty_has_open_from_what_it_did_not_take(database_url: str) -> None:
    async with works(database_url, {"cron": generic()}) as town:
        refusing = town.faults.add("events:*", status=400)
        await town.post("/in/cron", said("db1"))
        await eventually(lambda: gave_up(town))
        town.faults.remove(refusing)
        away = town.faults.add("events:*", down=True)
        await town.post("/in/cron", said("db2"))
        await eventually(lambda: town.faults.calls("events:*")[1:])
        refused = "1 alert PagerDuty did not take: `muster timeline source:cron` tells why"
        assert await standing(town) == ["1 alert waits for PagerDuty", refused]
        town.faults.remove(away)
        await eventually(town.alerts)
        await eventually(town.is_still)
        assert await standing(town) == ["1 alert open", refused]


async def gave_up(town: Works) -> bool:
    return "source.signal.failed" in {one.kind for one in await town.said("cron")}


async def standing(town: Works) -> list[str]:
    """What `sources list` says of alerts."""
    before = len(town.slack.ephemerals)
    await town.slack.command("Alice", "general", "/incident sources list")
    [answer] = await eventually(lambda: [one for one in list(town.slack.ephemerals)[before:] if "cron (" in one.text])
    lines = [line for block in answer.blocks for line in block["text"]["text"].splitlines()]
    return [line.strip() for line in lines if "alert" in line]

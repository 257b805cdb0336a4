"""Sources may lead to services of another PagerDuty account, which is asked with a token of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.config import Config
from bot.console import connecting
from bot.console.demo import CHOICES, environment
from bot.doctor import examine
from bot.domain.connecting import Wish
from bot.domain.errors import Refused
from bot.domain.job import Job
from bot.effects import signals
from bot.effects.removing import Terms
from bot.settings.choices import Choices
from bot.simulator import Simulator, credentials
from bot.simulator.pagerduty.directory import Integration
from storage import Transaction
from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.test_auto_resolve import a_minute_passes, an_hour_passes
from tests.journeys.test_connecting import event, secret_in
from tests.journeys.works import SECRET, Works, source, works

pytestmark = [pytest.mark.anyio, on_sqlite]  # what each database does with sources is told in test_connecting
ROOT, KEY = "root", "db1/disk"


def accounts(there: Simulator) -> Mapping[str, Any]:
    addresses = {"api_url": f"{there.url}/pagerduty", "events_url": f"{there.url}/events"}
    return {"acme-eu": {"api_token": credentials.PAGERDUTY_API_TOKEN, **addresses}}


@asynccontextmanager
async def two_accounts(
    database_url: str, sources: Mapping[str, Any] | None = None
) -> AsyncIterator[tuple[Works, Simulator, Config]]:
    """The bot's own, another, and what the command line is told."""
    async with Simulator() as there:
        choices = {"sources": sources or {}, "accounts": accounts(there)}
        async with works(database_url, choices["sources"], accounts=choices["accounts"]) as town:
            told = {**environment(town.simulator), "DATABASE_URL": database_url, "MUSTER_PUBLIC_URL": town.url}
            wanted = Choices.model_validate({**CHOICES.model_dump(exclude_defaults=True), **choices})
            yield town, there, Config.read(told).model_copy(update={"choices": wanted})


def alerts(there: Simulator) -> dict[str, str]:
    return {key: one.status for (_, key), one in there.pagerduty.account.alerts.items() if key == KEY}


async def test_a_source_is_connected_with_a_service_of_another_account_and_its_key_proved_there(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with two_accounts(database_url) as (town, there, config):
        wish = Wish("shop", "events-v2", service="Search", account="acme-eu")
        assert await connecting.connect(config, [wish], by=ROOT) == 0
        printed = capsys.readouterr().out
        assert "shop is connected with Search (acme-eu)" in printed
        assert "works: what it sent was seen in PagerDuty" in printed
        assert [one.name for one in there.pagerduty.service("Search").integrations][-1] == "Muster: shop"
        assert [one.name for one in town.pagerduty.service("Search").integrations] == ["Events API v2"]

        secret = secret_in(printed)
        assert (await town.post("/in/shop", event(secret))).status_code == 202
        await eventually(lambda: alerts(there) == {KEY: "triggered"})
        assert (await town.post("/in/shop", event(secret, "resolve"))).status_code == 202
        await eventually(lambda: alerts(there) == {KEY: "resolved"})
        assert not town.pagerduty.incidents
        assert [str(one) for one in await examine(config) if one.about in {"Accounts", "Sources"}] == [
            "ok   Accounts: the token of acme-eu is known.",
            "ok   Sources: shop, route search-acme-eu leads to Search (acme-eu).",
        ]


async def test_a_service_is_made_in_another_account_and_taken_away_with_what_was_open(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with two_accounts(database_url) as (town, there, config):
        wish = Wish("shop", "events-v2", new_service="Mail", policy="Search on call", account="acme-eu")
        assert await connecting.connect(config, [wish], by=ROOT) == 0
        await town.post("/in/shop", event(secret_in(capsys.readouterr().out)))
        await eventually(lambda: alerts(there) == {KEY: "triggered"})
        assert there.pagerduty.service("Mail").urgency_rule == "severity_based"
        assert await connecting.remove(config, "shop", Terms(delete=True), by=ROOT) == 0
        printed = capsys.readouterr().out
        assert "1 open alert was resolved: db1/disk" in printed
        assert "The integration on Mail (acme-eu) is deleted." in printed
        assert alerts(there) == {KEY: "resolved"}
        assert not there.pagerduty.service("Mail").integrations


async def test_the_form_offers_the_services_of_every_account(database_url: str) -> None:
    async with two_accounts(database_url) as (town, there, _):
        await town.slack.command("Alice", "general", "/incident connect")
        [view] = await eventually(lambda: town.slack.views("Alice"))
        offered = await town.slack.suggest("Alice", view.id, "existing_service", "sea")
        assert [one["text"]["text"] for one in offered] == ["Search", "acme-eu: Search"]
        elsewhere = offered[-1]["value"]
        answer = await town.slack.submit(
            "Alice", view.id, {"adapter": "events-v2", "name": "shop", "existing_service": elsewhere}
        )
        assert not (answer.body or {}).get("errors")
        await eventually(lambda: [one for one in town.told("Alice") if "connected with Search (acme-eu)" in one])
        await eventually(lambda: "works: what it sent was seen" in town.told("Alice")[-1])
        assert there.pagerduty.service("Search").integrations[-1].name == "Muster: shop"


async def test_the_key_of_a_route_to_another_account_is_proved_there(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    to = {"integration_key": "e" * 32, "account": "acme-eu"}
    sources = {"shop": source("events-v2", verify={"routing_key": SECRET}, route=to)}
    async with two_accounts(database_url, sources) as (_, there, config):
        there.pagerduty.service("Search").integrations.append(Integration("Muster", "e" * 32, "PELSEWHERE"))
        assert await connecting.verify_keys(config, "shop", by=ROOT) == 0
        assert "works: what it sent was seen in PagerDuty" in capsys.readouterr().out


@pytest.mark.parametrize("in_hand", [False, True])
async def test_what_is_said_no_more_of_in_another_account_is_resolved_unless_somebody_has_it_in_hand_there(
    database_url: str, *, in_hand: bool
) -> None:
    told = source("events-v2", verify={"routing_key": SECRET}, auto_resolve_timeout=3600)
    sources = {"monitor": {name: value for name, value in told.items() if name != "route"}}
    async with two_accounts(database_url, sources) as (town, there, config):
        assert await connecting.connect(config, [Wish("monitor", service="Search", account="acme-eu")], by=ROOT) == 0
        await town.post("/in/monitor", event(SECRET))
        await eventually(lambda: alerts(there) == {KEY: "triggered"})
        [page] = [one for one in there.pagerduty.incidents if "db1" in one.title]
        if in_hand:
            await there.pagerduty.acknowledge(page)
        await town.settled()
        await an_hour_passes(town)
        await a_minute_passes(town)
        assert alerts(there) == {KEY: "triggered" if in_hand else "resolved"}


async def test_an_account_that_is_away_keeps_nothing_of_ours_open(database_url: str) -> None:
    sources = {"monitor": source("events-v2", verify={"routing_key": SECRET}, auto_resolve_timeout=3600)}
    async with two_accounts(database_url, sources) as (town, there, config):
        assert await connecting.connect(config, [Wish("monitor", service="Search", account="acme-eu")], by=ROOT) == 0
        await town.post("/in/monitor?to=search-acme-eu", {**event(SECRET), "dedup_key": "a/first"})
        await town.post("/in/monitor", event(SECRET))
        await eventually(lambda: town.alerts().get(KEY) == "triggered")
        await town.settled()

        def late(tx: Transaction) -> None:
            for one in tx.open_alerts("monitor"):
                tx.keep_alert(replace(one, auto_resolve_at=datetime.now(UTC) - timedelta(seconds=1)))
            tx.put(Job("auto_resolve", "clock/auto_resolve"))

        there.faults.add("pagerduty:*", status=503)
        await town.strike(late)
        await eventually(lambda: town.alerts()[KEY] == "resolved")


async def test_an_account_that_is_not_there_is_named(database_url: str) -> None:
    async with two_accounts(database_url) as (_, __, config):
        with pytest.raises(Refused, match="has no account acme-us; there are acme-eu"):
            await connecting.connect(config, [Wish("shop", "events-v2", service="Search", account="acme-us")], by=ROOT)


async def test_what_is_signalled_while_an_account_is_missing_waits_until_it_is_put_back(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "MENDING_WAIT", 0.5)
    async with two_accounts(database_url) as (town, there, config):
        wish = Wish("shop", "events-v2", service="Search", account="acme-eu")
        assert await connecting.connect(config, [wish], by=ROOT) == 0
        secret, key = secret_in(capsys.readouterr().out), there.pagerduty.service("Search").integrations[-1].key
    async with works(database_url, {}) as town:
        await town.post("/in/shop", event(secret))
        complaints = sa.text("SELECT complaint FROM jobs")
        waits = "names no account acme-eu any more"
        await eventually(lambda: town.database.read(lambda tx: waits in str(tx._all(complaints))))
    async with two_accounts(database_url) as (_, there, _):
        there.pagerduty.service("Search").integrations.append(Integration("Muster: shop", key, "PELSEWHERE"))
        await eventually(lambda: alerts(there) == {KEY: "triggered"})


async def test_nothing_is_taken_away_while_what_is_open_could_not_be_settled(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with two_accounts(database_url) as (town, there, config):
        wish = Wish("shop", "events-v2", service="Search", account="acme-eu")
        assert await connecting.connect(config, [wish], by=ROOT) == 0
        await town.post("/in/shop", event(secret_in(capsys.readouterr().out)))
        await eventually(lambda: alerts(there) == {KEY: "triggered"})
        lacking = config.model_copy(update={"choices": config.choices.model_copy(update={"accounts": {}})})
        for take_away in (
            connecting.remove(lacking, "shop", Terms(), by=ROOT),
            connecting.disconnect(lacking, "shop", "Search", Terms(), by=ROOT),
        ):
            with pytest.raises(Refused, match="has no account acme-eu: put it back first, or leave what is open"):
                await take_away
        assert await connecting.disconnect(config, "shop", "Search", Terms(delete=True), by=ROOT) == 0
        printed = capsys.readouterr().out
        assert "The integration on Search (acme-eu) is deleted." in printed
        assert alerts(there) == {KEY: "resolved"}


async def test_services_of_two_accounts_with_the_same_id_and_name_are_two(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with two_accounts(database_url) as (town, there, config):
        assert there.pagerduty.service("Search").id == town.pagerduty.service("Search").id
        for account in ("", "acme-eu"):
            wish = Wish("shop", None if account else "events-v2", service="Search", account=account)
            assert await connecting.connect(config, [wish], by=ROOT) == 0
        state = await town.database.read(lambda tx: tx.source_state("shop"))
        assert [one["name"] for one in (state or {})["routes"]] == ["search", "search-acme-eu"]
        capsys.readouterr()
        assert await connecting.verify_keys(config, "shop", by=ROOT) == 0
        proved = capsys.readouterr().out
        assert "for Search works" in proved
        assert "for Search (acme-eu) works" in proved
        assert await connecting.disconnect(config, "shop", "Search", Terms(), by=ROOT) == 0
        state = await town.database.read(lambda tx: tx.source_state("shop"))
        assert [one["name"] for one in (state or {})["routes"]] == ["search-acme-eu"], "ours goes by its bare name"


async def test_what_ails_one_account_hides_nothing_of_the_others(database_url: str) -> None:
    async with two_accounts(database_url) as (_, there, config):
        for account in ("", "acme-eu"):
            wish = Wish("shop", None if account else "events-v2", service="Search", account=account)
            await connecting.connect(config, [wish], by=ROOT)
        there.faults.add("pagerduty:*", status=401)
        found = [str(one) for one in await examine(config) if one.about in {"Accounts", "Sources"}]
        assert found[0].startswith("MEND Accounts: acme-eu: PagerDuty answered 401")
        assert found[1:] == ["ok   Sources: shop, route search leads to Search."]

"""Sources are connected with PagerDuty and taken away again: from the command line and from Slack."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from bot import connecting
from bot.config import Config
from bot.demo import CHOICES, environment
from bot.domain.connecting import Wish
from bot.domain.errors import Refused
from bot.effects.removing import Terms
from storage import Transaction
from storage.schema import metadata
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

MONITOR = {"monitor": source("events-v2", verify={"routing_key": SECRET})}
ROOT = "root"


def event(secret: str, action: str = "trigger", severity: str = "critical") -> dict[str, Any]:
    payload = {"summary": "The disk of db1 is full", "source": "db1", "severity": severity}
    return {"routing_key": secret, "event_action": action, "dedup_key": "db1/disk", "payload": payload}


def beside(town: Works, sources: Any = MONITOR) -> Config:
    """What the command line is told."""
    told = {**environment(town.simulator), "DATABASE_URL": town.database_url, "MUSTER_PUBLIC_URL": town.url}
    return Config.read(told).model_copy(update={"choices": CHOICES.model_validate({
        **CHOICES.model_dump(exclude_defaults=True), "sources": sources})})  # fmt: skip


def secret_in(printed: str) -> str:
    lines = printed.splitlines()
    return lines[next(nth for nth, line in enumerate(lines) if "shown this once" in line) + 1].strip()


def kept(tx: Transaction) -> str:
    """All that stands in the database."""
    return repr([tx._all(sa.select(table)) for table in metadata.sorted_tables])


def titles(town: Works, service: str) -> Sequence[str]:
    return [one.title for one in town.pagerduty.incidents if one.service.name == service]


async def test_a_new_source_is_connected_with_a_service_and_its_key_proved(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, {}) as town:
        wish = Wish("shop", "events-v2", service="Search")
        assert await connecting.connect(beside(town, {}), [wish], by=ROOT) == 0
        printed = capsys.readouterr().out
        secret = secret_in(printed)
        assert f"{town.url}/in/shop" in printed
        [integration] = [one for one in town.pagerduty.service("Search").integrations if one.name == "Muster: shop"]
        assert secret not in (everything := await town.database.read(kept))
        assert integration.key not in everything
        assert [entry.kind for entry in await town.said("shop")] == ["source.connected", "source.key_verified"]

        assert (await town.post("/in/shop", event("wrong"))).status_code == 401
        assert (await town.post("/in/shop", event(secret))).status_code == 202
        await eventually(lambda: "The disk of db1 is full" in titles(town, "Search"))
        assert (integration.key, "db1/disk") in town.pagerduty.account.alerts
        await town.settled()
        [proof] = [one for one in town.pagerduty.incidents if "proves" in one.title]
        assert proof.status == "resolved"
        found = await town.incident_of(proof.id)
        assert found is None or found.room is None


async def test_a_new_service_is_made_as_it_should_be(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with works(database_url, MONITOR) as town:
        wish = Wish("monitor", new_service="Mail", policy="search ON call")
        assert await connecting.connect(beside(town), [wish], by=ROOT) == 0
        made = town.pagerduty.service("Mail")
        assert (made.urgency_rule, made.alert_creation) == ("severity_based", "create_alerts_and_incidents")
        assert made.escalation_policy.name == "Search on call"
        assert "shown this once" not in capsys.readouterr().out
        assert (await town.post("/in/monitor?to=mail", event(SECRET, severity="warning"))).status_code == 202
        await eventually(lambda: "The disk of db1 is full" in titles(town, "Mail"))
        assert town.pagerduty.incidents[-1].urgency == "low"
        with pytest.raises(Refused, match="already been taken"):
            await connecting.connect(beside(town), [wish], by=ROOT)


async def test_several_services_have_a_route_each(database_url: str) -> None:
    async with works(database_url, {}) as town:
        wishes = [Wish("shop", "events-v2", service=one) for one in ("Checkout", "Search")]
        assert await connecting.connect(beside(town, {}), wishes, by=ROOT) == 0
        state = await town.database.read(lambda tx: tx.source_state("shop"))
        assert state
        assert [one["name"] for one in state["routes"]] == ["checkout", "search"]
        assert await connecting.connect(beside(town, {}), [Wish("shop", service="search")], by=ROOT) == 0
        assert len([one for one in town.pagerduty.service("Search").integrations if "shop" in one.name]) == 1


async def test_the_urgency_of_a_service_is_left_or_set_as_was_said(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        await connecting.connect(beside(town), [Wish("monitor", service="Checkout")], by=ROOT)
        assert "Beware: The urgency of Checkout is high, whatever the severity" in capsys.readouterr().out
        await connecting.connect(beside(town), [Wish("monitor", service="Checkout", severity_based=True)], by=ROOT)
        assert "Beware" not in capsys.readouterr().out
        assert town.pagerduty.service("Checkout").urgency_rule == "severity_based"


async def test_a_removed_source_is_gone_with_its_alerts_its_key_and_its_integration(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, {}) as town:
        await connecting.connect(beside(town, {}), [Wish("shop", "events-v2", service="Search")], by=ROOT)
        secret = secret_in(capsys.readouterr().out)
        await town.post("/in/shop", event(secret))
        await eventually(lambda: town.alerts().get("db1/disk") == "triggered")
        assert await connecting.remove(beside(town, {}), "shop", Terms(delete=True), by=ROOT) == 0
        printed = capsys.readouterr().out
        assert "1 open alerts were resolved: db1/disk" in printed
        assert "The integration on Search is deleted." in printed
        assert town.alerts()["db1/disk"] == "resolved"
        assert [one.name for one in town.pagerduty.service("Search").integrations] == ["Events API v2"]

        async def is_gone() -> bool:
            return (await town.post("/in/shop", event(secret))).status_code == 404

        await eventually(is_gone)
        assert [entry.kind for entry in await town.said("shop")][-1] == "source.removed"
        keys = await town.database.read(lambda tx: tx._all(sa.select(metadata.tables["integration_keys"])))
        assert keys == []
        with pytest.raises(Refused, match="there is no source shop"):
            await connecting.remove(beside(town, {}), "shop", Terms(), by=ROOT)


async def test_what_is_open_may_be_handed_over_to_people(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
        await town.post("/in/monitor?to=search", event(SECRET))
        await eventually(lambda: town.alerts().get("db1/disk") == "triggered")
        await town.settled()
        assert await connecting.disconnect(beside(town), "monitor", "Search", Terms(hand_over=True), by=ROOT) == 0
        assert "1 open alerts were left open, for people to resolve: db1/disk" in capsys.readouterr().out
        assert town.alerts()["db1/disk"] == "triggered"
        assert len(town.pagerduty.service("Search").integrations) == 2
        with pytest.raises(Refused, match="no route to Search"):
            await connecting.disconnect(beside(town), "monitor", "Search", Terms(), by=ROOT)
        await town.post("/in/monitor", event(SECRET, severity="error"))
        await eventually(lambda: len([one for one in titles(town, "Checkout") if "db1" in one]) == 1)


async def test_a_subscription_is_made_proved_and_deleted(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, {}) as town:
        town.pagerduty.subscriptions.clear()
        assert await connecting.subscribe(beside(town, {}), None, "Search team", by=ROOT) == 0
        assert "came here and was believed" in capsys.readouterr().out
        [made] = town.pagerduty.subscriptions
        assert (made.filter_type, made.url()) == ("team_reference", f"{town.url}/pagerduty/webhook")
        assert made.secrets[0] not in await town.database.read(kept)
        await town.pagerduty.trigger("Search is slow", service="Search")
        await town.room(within=20.0)
        assert await connecting.subscribe(beside(town, {}), None, "Search team", by=ROOT) == 0
        assert "was there already" in capsys.readouterr().out
        assert await connecting.unsubscribe(beside(town, {}), None, None, by=ROOT) == 0
        assert town.pagerduty.subscriptions == []
        kinds = await town.database.read(lambda tx: [one.kind for one in tx.timeline(f"subscription:{made.id}")])
        assert kinds == [
            "subscription.created", "subscription.proved", "subscription.proved", "subscription.deleted",
        ]  # fmt: skip


async def test_the_keys_of_a_source_in_muster_yaml_are_proved_too(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        assert await connecting.verify_keys(beside(town), "monitor", by=ROOT) == 0
        assert "works: what it sent was seen in PagerDuty" in capsys.readouterr().out

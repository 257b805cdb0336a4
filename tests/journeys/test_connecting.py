"""Sources are connected with PagerDuty and taken away again: from the command line and from Slack."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.config import Config
from bot.console import connecting
from bot.console.demo import CHOICES, environment
from bot.doctor import examine
from bot.domain.connecting import Wish
from bot.domain.errors import Refused
from bot.effects.removing import Terms
from bot.simulator.credentials import SLACK_APP_TOKEN
from bot.simulator.pagerduty.directory import Service
from storage import Transaction
from storage.schema import metadata
from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.mortals import free_port
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
        assert "1 open alert was resolved: db1/disk" in printed
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


@pytest.mark.parametrize("whole", [True, False], ids=["removed", "disconnected"])
async def test_what_is_on_its_way_when_its_route_is_taken_away_is_resolved_too(database_url: str, whole: bool) -> None:
    async with works(database_url, MONITOR) as town:
        await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
        town.faults.add("events:*", latency=1.0, times=1)
        await town.post("/in/monitor?to=search", event(SECRET))
        await eventually(lambda: town.database.read(lambda tx: tx.owes_signals("monitor")))
        if whole:
            await connecting.remove(beside(town), "monitor", Terms(), by=ROOT)
        else:
            await connecting.disconnect(beside(town), "monitor", None, Terms(), by=ROOT)
        assert town.alerts()["db1/disk"] == "resolved"


@pytest.mark.parametrize("action", ["trigger", "resolve"])
async def test_what_pagerduty_did_not_take_before_its_source_was_removed_leaves_nothing_open(
    database_url: str, action: str
) -> None:
    """A trigger is sent no more; what is over is, else nobody would settle it."""
    async with works(database_url, MONITOR) as town:
        await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
        if action == "resolve":
            await town.post("/in/monitor?to=search", event(SECRET))
            await eventually(lambda: town.alerts().get("db1/disk") == "triggered")
            await town.settled()
        town.faults.add("events:*", status=503, latency=0.5, times=1)
        await town.post("/in/monitor?to=search", event(SECRET, action))
        await eventually(lambda: town.database.read(lambda tx: tx.owes_signals("monitor")))
        assert await connecting.remove(beside(town), "monitor", Terms(), by=ROOT) == 0
        assert not await town.database.read(lambda tx: tx.owes_signals("monitor"))
        assert town.alerts().get("db1/disk", "resolved") == "resolved"


async def test_what_is_handed_over_to_people_reaches_them_first(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
        town.faults.add("events:*", status=503, times=1)
        await town.post("/in/monitor?to=search", event(SECRET))
        await eventually(lambda: town.database.read(lambda tx: tx.owes_signals("monitor")))
        assert await connecting.disconnect(beside(town), "monitor", None, Terms(hand_over=True), by=ROOT) == 0
        await eventually(lambda: town.alerts().get("db1/disk") == "triggered")


async def connected_and_raised(town: Works) -> None:
    """An alert that is open on Search, by a route that Muster made."""
    await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
    await town.post("/in/monitor?to=search", event(SECRET))
    await eventually(lambda: town.alerts().get("db1/disk") == "triggered")
    await town.settled()


async def test_what_comes_again_while_its_route_is_taken_away_goes_where_other_routes_lead(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await connected_and_raised(town)
        before = len(town.faults.calls("events:*"))
        town.faults.add("events:*", latency=1.0, times=1)
        leaving = asyncio.create_task(connecting.disconnect(beside(town), "monitor", None, Terms(), by=ROOT))
        await eventually(lambda: len(town.faults.calls("events:*")) > before)
        await town.post("/in/monitor", event(SECRET))
        assert await leaving == 0
        await eventually(lambda: titles(town, "Checkout"))
        await town.settled()
        standing = {one.service.name: one.status for one in town.pagerduty.incidents}
        assert standing == {"Search": "resolved", "Checkout": "triggered"}
        alert = await town.database.read(lambda tx: tx.alert("monitor", "db1/disk"))
        assert alert is not None
        assert alert.is_open


async def test_a_key_that_another_sources_alert_was_raised_with_is_kept_to_settle_that(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await connected_and_raised(town)
        [ours] = await town.database.read(lambda tx: tx.open_alerts("monitor"))
        others = replace(ours, source="shop")
        await town.database.write(lambda tx: tx.keep_alert(others))
        assert await connecting.disconnect(beside(town), "monitor", None, Terms(), by=ROOT) == 0
        assert await town.database.read(lambda tx: tx.integration_key(str(ours.key_id)))


async def test_nothing_is_made_of_a_name_that_is_being_taken_away(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        leaving = {"removed": True, "leaving": {"routes": [], "alerts": []}}
        await town.database.write(lambda tx: tx.keep_source_state("monitor", leaving))
        with pytest.raises(Refused, match="monitor is being taken away"):
            await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)
        assert await connecting.remove(beside(town), "monitor", Terms(), by=ROOT) == 0, "goes on where it ended"
        await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT)


async def test_a_removed_source_of_muster_yaml_comes_back_when_it_is_connected(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        assert await connecting.remove(beside(town), "monitor", Terms(), by=ROOT) == 0
        await eventually(lambda: _status(town, 404))
        with pytest.raises(Refused, match="there is a source monitor already"):
            await connecting.connect(beside(town), [Wish("monitor", "events-v2", service="Search")], by=ROOT)
        assert await connecting.connect(beside(town), [Wish("monitor", service="Search")], by=ROOT) == 0
        await eventually(lambda: _status(town, 202))


async def _status(town: Works, wanted: int) -> bool:
    return (await town.post("/in/monitor", event(SECRET))).status_code == wanted


async def test_what_is_open_may_be_handed_over_to_people(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        await connected_and_raised(town)
        assert await connecting.disconnect(beside(town), "monitor", "Search", Terms(hand_over=True), by=ROOT) == 0
        assert "1 open alert was left open, for people to resolve: db1/disk" in capsys.readouterr().out
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


async def test_of_two_who_subscribe_at_once_one_makes_it_and_its_secret_is_kept(database_url: str) -> None:
    """In Slack and on the command line, while PagerDuty's answer with the secret is on its way."""
    async with works(database_url, {}, {"MUSTER_PUBLIC_URL": f"http://127.0.0.1:{free_port()}"}) as town:
        town.pagerduty.subscriptions.clear()
        slow = town.faults.add("pagerduty:POST /webhook_subscriptions", drip=0.003)
        await town.slack.command("Alice", "general", "/incident sources subscribe")
        [made] = await eventually(lambda: town.pagerduty.subscriptions)
        with pytest.raises(Refused, match="somebody else is making the subscription for account right now"):
            await connecting.subscribe(beside(town, {}), None, None, by=ROOT)
        town.faults.remove(slow)
        await eventually(lambda: "came here and was believed" in str(town.told("Alice")), within=20.0)
        assert town.pagerduty.subscriptions == [made]
        assert await town.database.read(own) == [made.id]
        assert await connecting.subscribe(beside(town, {}), None, None, by=ROOT) == 0, "it is there, and nobody's turn"
        assert town.pagerduty.subscriptions == [made]


async def test_a_subscription_that_another_has_overtaken_is_taken_back(database_url: str) -> None:
    """Whoever was overtaken may have been taken for one whose answer was lost, and what it made be gone."""
    async with works(database_url, {}) as town:
        town.pagerduty.subscriptions.clear()
        town.faults.add("pagerduty:POST /webhook_subscriptions", drip=0.003)
        slowly = asyncio.create_task(connecting.subscribe(beside(town, {}), None, None, by=ROOT))
        await eventually(lambda: town.pagerduty.subscriptions)
        overtaken = f"{time.time() - 1:017.3f} another"
        await town.database.write(lambda tx: tx.keep_fact("held: subscribing account", overtaken))
        with pytest.raises(Refused, match="somebody else has made the subscription for account meanwhile"):
            await slowly
        assert town.pagerduty.subscriptions == []
        assert await town.database.read(own) == []


def own(tx: Transaction) -> list[str]:
    return [one.id for one in tx.own_subscriptions()]


async def test_the_keys_of_a_source_in_muster_yaml_are_proved_too(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        assert await connecting.verify_keys(beside(town), "monitor", by=ROOT) == 0
        assert "works: what it sent was seen in PagerDuty" in capsys.readouterr().out


async def test_the_doctor_knows_what_was_set_up_while_muster_ran(database_url: str) -> None:
    async with works(database_url, {}) as town:
        config = beside(town, {})
        await connecting.connect(config, [Wish("shop", "events-v2", service="Search")], by=ROOT)
        found = [str(one) for one in await examine(config) if one.about == "Sources"]
        assert found == ["ok   Sources: shop, route search leads to Search."]


# From Slack


async def fill_in(town: Works, who: str, **values: Any) -> dict[str, str]:
    """The form that is open; what is typed in a menu that is searched is chosen by its name. The errors."""
    [view] = await eventually(lambda: town.slack.views(who))
    for name in ("existing_service", "policy"):
        if name in values:
            offered = await town.slack.suggest(who, view.id, name, values[name][:3])
            values[name] = next(one["value"] for one in offered if one["text"]["text"] == values[name])
    answer = await town.slack.submit(who, view.id, values)
    return (answer.body or {}).get("errors", {})


@pytest.mark.parametrize("socket_mode", [False, True])
async def test_an_admin_connects_a_new_source_from_slack(database_url: str, socket_mode: bool) -> None:
    environ = {"SLACK_APP_TOKEN": SLACK_APP_TOKEN} if socket_mode else {}
    async with works(database_url, {}, environ) as town:
        if socket_mode:
            await eventually(lambda: town.slack.sockets.connected)
        await town.slack.command("Alice", "general", "/incident connect")
        assert not await fill_in(
            town, "Alice", adapter="events-v2", name="shop", existing_service="Search", urgency="severity"
        )
        told = await eventually(lambda: [one for one in town.told("Alice") if "shop is connected" in one])
        await eventually(lambda: "works: what it sent was seen" in town.told("Alice")[-1])
        blocks = str([one.blocks for one in town.slack.ephemerals])
        [secret] = set(re.findall(r"keep it now: `(\w{32})`", blocks))
        assert len(told) == 1
        assert "/in/shop" in blocks
        everything = await town.database.read(kept)
        keys = [one.key for one in town.pagerduty.service("Search").integrations if one.name == "Muster: shop"]
        assert [word for word in (secret, *keys) if word in everything] == []
        assert secret not in str([channel.messages for channel in town.slack.channels.values() if not channel.is_im])
        assert (await town.post("/in/shop", event(secret))).status_code == 202
        await eventually(lambda: "The disk of db1 is full" in titles(town, "Search"))
        said = await town.said("shop")
        assert [entry.kind for entry in said[:2]] == ["source.connected", "source.key_verified"]
        assert {entry.actor.name for entry in said[:2]} == {"Alice Andersen"}


async def test_an_admin_connects_a_source_with_a_new_service_from_slack(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.slack.command("Alice", "general", "/incident connect monitor")
        wrong = await fill_in(town, "Alice", new_service="Mail")
        assert wrong == {"policy": "Choose who is paged for the new service."}
        assert not await fill_in(town, "Alice", new_service="Mail", policy="Search on call")
        await eventually(lambda: "works: what it sent was seen" in town.told("Alice")[-1])
        assert town.pagerduty.service("Mail").urgency_rule == "severity_based"
        assert (await town.post("/in/monitor?to=mail", event(SECRET))).status_code == 202
        await eventually(lambda: "The disk of db1 is full" in titles(town, "Mail"))


@pytest.mark.parametrize(("what", "left"), [("remove", 404), ("disconnect", 202)])
async def test_an_admin_takes_a_source_away_from_slack(database_url: str, what: str, left: int) -> None:
    """Which goes on where it ended, when PagerDuty was away in the middle."""
    async with works(database_url, MONITOR) as town:
        await connected_and_raised(town)
        answer = await town.slack.command("Alice", "general", f"/incident sources {what} monitor")
        assert f"*monitor* has 1 open alert. Say `sources {what} monitor resolve`" in answer.text
        town.faults.add("events:*", status=503, times=1)
        town.faults.add("pagerduty:DELETE *", status=503, times=1)
        await town.slack.command("Alice", "general", f"/incident sources {what} monitor resolve delete-integration")
        told = await eventually(lambda: [one for one in town.told("Alice") if "1 open alert was resolved" in one])
        assert "The integration on Search is deleted." in told[0]
        assert town.alerts()["db1/disk"] == "resolved"
        assert [one.name for one in town.pagerduty.service("Search").integrations] == ["Events API v2"]
        await eventually(lambda: _status(town, left))
        assert {"source.removed", "source.disconnected"} & {entry.kind for entry in await town.said("monitor")}
        state = await town.database.read(lambda tx: tx.source_state("monitor"))
        assert not (state or {}).get("leaving")


@pytest.mark.parametrize(("text", "covers"), [("", "account"), (" service Search", "service ")])
async def test_an_admin_lets_pagerduty_send_its_webhooks_from_slack(
    database_url: str, text: str, covers: str
) -> None:
    """Of a subscription whose answer is lost nobody knows the secret: it goes, and another is made."""
    async with works(database_url, MONITOR, {"MUSTER_PUBLIC_URL": f"http://127.0.0.1:{free_port()}"}) as town:
        before = len(town.pagerduty.subscriptions)
        town.faults.add("pagerduty:POST /webhook_subscriptions", lost_reply=True, times=1)
        await town.slack.command("Alice", "general", f"/incident sources subscribe{text}")
        told = await eventually(lambda: [one for one in town.told("Alice") if "webhook subscription" in one])
        assert f"for {covers}" in told[0]
        assert "is made" in told[0]
        assert "came here and was believed" in told[0]
        assert len(town.pagerduty.subscriptions) == before + 1
        await town.slack.command("Alice", "general", f"/incident sources unsubscribe{text}")
        await eventually(lambda: "Deleted: " in town.told("Alice")[-1])
        assert len(town.pagerduty.subscriptions) == before


async def test_what_admins_ask_of_sources_is_in_words_that_are_there(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        answer = await town.slack.command("Alice", "general", "/incident sources remove monitor resolve Search")
        assert "say `sources disconnect monitor resolve" in answer.text
        answer = await town.slack.command("Alice", "general", "/incident sources subscribe squad Search")
        assert "Say `sources subscribe`, `sources subscribe service NAME` or" in answer.text
        await town.slack.command("Alice", "general", "/incident sources unsubscribe team Nobody")
        await eventually(lambda: "Not done: PagerDuty has no team" in town.told("Alice")[-1])


async def test_what_pagerduty_refuses_is_told_to_whoever_asked_and_recorded(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        await town.slack.command("Alice", "general", "/incident connect monitor")
        assert not await fill_in(town, "Alice", new_service="Checkout", policy="Search on call")
        await eventually(lambda: "already been taken" in town.told("Alice")[-1])
        await eventually(lambda: town.said("monitor"))
        assert [entry.kind for entry in await town.said("monitor")] == ["source.connection_failed"]


async def test_only_admins_connect_and_only_they_are_offered_anything(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        answer = await town.slack.command("Bob", "general", "/incident connect monitor")
        assert "Only admins can connect" in answer.text
        assert town.slack.views("Bob") == []
        await town.slack.command("Alice", "general", "/incident connect monitor")
        [view] = await eventually(lambda: town.slack.views("Alice"))
        offered = await town.slack.suggest("Alice", view.id, "existing_service", "sea")
        assert [one["text"]["text"] for one in offered] == ["Search"]
        assert await town.slack.suggest("Bob", view.id, "existing_service", "sea") == []
        town.faults.add("pagerduty:GET /services", status=503)
        known = await town.slack.suggest("Alice", view.id, "existing_service", "check")
        assert [one["text"]["text"] for one in known] == ["Checkout"], "what was read before is offered meanwhile"


@on_sqlite
async def test_of_a_thousand_services_those_that_fit_are_offered(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        policy = town.pagerduty.policy("Search on call")
        town.pagerduty.services.extend(Service(f"{'long ' * 20}{nth:04}", policy) for nth in range(1000))
        await town.slack.command("Alice", "general", "/incident connect monitor")
        [view] = await eventually(lambda: town.slack.views("Alice"))
        offered = await town.slack.suggest("Alice", view.id, "existing_service", "long")
        assert len(offered) == 100
        assert await town.slack.suggest("Alice", view.id, "existing_service", "")


@pytest.mark.parametrize("lost", ["POST /services", "POST /services/*/integrations"])
async def test_a_lost_answer_makes_nothing_twice(database_url: str, lost: str) -> None:
    async with works(database_url, MONITOR) as town:
        town.faults.add(f"pagerduty:{lost}", lost_reply=True, times=1)
        await town.slack.command("Alice", "general", "/incident connect monitor")
        assert not await fill_in(town, "Alice", new_service="Mail", policy="Search on call")
        await eventually(lambda: "works: what it sent was seen" in town.told("Alice")[-1], within=20.0)
        [made] = [one for one in town.pagerduty.services if one.name == "Mail"]
        assert [one.name for one in made.integrations] == ["Muster: monitor"]
        assert [entry.kind for entry in await town.said("monitor")] == ["source.connected", "source.key_verified"]

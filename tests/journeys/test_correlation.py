"""An incident knows which system raised it: what the room hears, who may settle what, and what goes back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.job import Job, Priority
from bot.domain.signal import Alert
from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from bot.simulator.slack.model import Channel
from tests.eventually import eventually
from tests.journeys.town import card, lines, shown
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio


def monitor(**more: Any) -> dict[str, Any]:
    return {"monitor": source("events-v2", verify={"routing_key": SECRET}, **more)}


def event(action: str, key: str = "db1/disk", severity: str = "critical", **more: Any) -> dict[str, Any]:
    payload = {
        "summary": f"The disk of {key} is full", "source": "db1", "severity": severity, "component": "postgres",
        "custom_details": {"free": "2 %"},
    }  # fmt: skip
    told = {"client": "Nagios", "client_url": "https://nagios.example.com/db1", "payload": payload}
    return {"routing_key": SECRET, "event_action": action, "dedup_key": key, **told, **more}


async def said(town: Works, action: str, key: str = "db1/disk", severity: str = "critical") -> None:
    answer = await town.post("/in/monitor", event(action, key, severity))
    assert answer.status_code == 202


async def alert(town: Works, key: str = "db1/disk", name: str = "monitor") -> Alert:
    found = await town.database.read(lambda tx: tx.alert(name, key))
    assert found
    return found


async def room_of(town: Works, key: str = "db1/disk") -> Channel:
    """The room that the first alert opened, once its card says where it came from."""
    await said(town, "trigger", key)
    room = await town.room()
    assert (await town.incident()).alerts
    return room


@asynccontextmanager
async def one_alert(database_url: str, **more: Any) -> AsyncIterator[tuple[Works, Channel]]:
    async with works(database_url, monitor(**more)) as town:
        yield town, await room_of(town)


async def look(town: Works) -> None:
    """As if the clock had struck long after the alerts were raised."""
    long_ago = datetime.now(UTC) - timedelta(minutes=5)

    def aged(tx: Any) -> None:
        for one in tx.alerts_without_incident():
            tx.keep_alert(replace(one, raised_at=long_ago))
        tx.put(Job("find_incidents", "clock/find_incidents", priority=Priority.HUMAN))

    await town.strike(aged)
    await town.settled()


async def test_the_card_leads_back_to_the_source_and_shows_what_it_says(database_url: str) -> None:
    async with one_alert(database_url) as (town, room):
        (origin,) = (await town.incident()).alerts
        assert (origin.source, origin.client, origin.severity) == ("monitor", "Nagios", "critical")
        await eventually(lambda: "<https://nagios.example.com/db1|Nagios>" in shown(card(room)))
        assert all(word in shown(card(room)) for word in ("critical", "Component: postgres", "free: 2 %"))
        assert (await alert(town)).incident == 1
        assert (await town.kinds()).count("signal.correlated") == 1


async def test_a_repeat_says_nothing_and_another_severity_one_line(database_url: str) -> None:
    async with one_alert(database_url) as (town, room):
        before = lines(room)
        for _ in range(3):
            await said(town, "trigger")
        await eventually(lambda: _heard(town, 3))
        await town.settled()
        assert lines(room) == before
        await said(town, "trigger", severity="warning")
        await eventually(lambda: "warning, was critical" in shown(card(room)))
        await town.settled()
        (line,) = lines(room)[len(before) :]
        assert "it is warning now, it was critical" in line


async def _heard(town: Works, times: int) -> bool:
    return (await town.kinds()).count("signal.received") == times


async def test_recovery_at_the_source_resolves_the_incident_and_the_room_hears_from_whom(database_url: str) -> None:
    async with one_alert(database_url) as (town, room):
        await said(town, "resolve")
        await eventually(lambda: town.alerts() == {"db1/disk": "resolved"})
        await eventually(lambda: _is_over(town))
        await town.settled()
        assert any("says that it is over" in line for line in lines(room))
        assert "recovered" in shown(card(room))
        assert town.pagerduty.incidents[0].log[-1].agent_name == "Checkout"


async def _is_over(town: Works, number: int = 1) -> bool:
    return not (await town.incident(number)).is_open


async def test_of_several_alerts_in_one_incident_the_last_resolves_it(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        town.pagerduty.service("Checkout").groups_alerts = True
        room = await room_of(town)
        await said(town, "trigger", "db2/disk")
        await eventually(lambda: len(town.pagerduty.incidents[0].alerts) == 2)
        await town.settled()
        assert (await alert(town, "db2/disk")).incident is None
        await look(town)
        assert (await alert(town, "db2/disk")).incident == 1
        assert any("db2/disk" in line for line in lines(room))
        await said(town, "resolve", "db1/disk")
        await eventually(lambda: town.alerts()["db1/disk"] == "resolved")
        await town.settled()
        assert (await town.incident()).is_open
        assert any("1 more alert of INC-1 open" in line for line in lines(room))
        await said(town, "resolve", "db2/disk")
        await eventually(lambda: _is_over(town))


async def test_pagerduty_is_not_asked_again_and_again_for_an_alert_it_keeps_to_itself(database_url: str) -> None:
    async with one_alert(database_url) as (town, _):
        town.pagerduty.service("Checkout").groups_alerts = True
        await said(town, "trigger", "db2/disk")
        await eventually(lambda: len(town.pagerduty.incidents[0].alerts) == 2)
        town.pagerduty.incidents[0].alerts.pop()
        await look(town)
        asked = len(town.faults.calls("pagerduty:GET /incidents/*/alerts"))
        assert asked >= 1
        assert (await alert(town, "db2/disk")).looked >= 1


async def test_acknowledged_and_resolved_in_slack_is_the_sources_alert(database_url: str) -> None:
    async with one_alert(database_url) as (town, _):
        await town.press("Alice", "ack")
        await eventually(lambda: town.pagerduty.incidents[0].status == "acknowledged")
        await town.settled()
        await town.press("Alice", "resolve")
        await eventually(lambda: town.alerts() == {"db1/disk": "resolved"})


@pytest.mark.parametrize(("policy", "incidents"), [("ignore", 1), ("reopen", 2)])
async def test_what_a_person_resolved_and_the_source_repeats(database_url: str, policy: str, incidents: int) -> None:
    async with one_alert(database_url, on_update_after_resolve=policy) as (town, _):
        await town.pagerduty.resolve(town.pagerduty.incidents[0])
        await eventually(lambda: _is_over(town))
        await town.settled()
        await said(town, "trigger")
        await eventually(lambda: _heard_of(town, "trigger", policy))
        await town.settled()
        assert len(town.pagerduty.incidents) == incidents
        assert (await alert(town)).incident == incidents


async def _heard_of(town: Works, action: str, policy: str) -> bool:
    entries = await town.timeline() if policy == "ignore" else await town.said("monitor")
    return sum(one.kind.endswith("signal.received") and one.details["action"] == action for one in entries) >= (
        1 if policy == "ignore" else 2
    )


async def test_a_recovery_after_a_persons_resolve_makes_the_key_good_again(database_url: str) -> None:
    async with one_alert(database_url, on_update_after_resolve="ignore") as (town, _):
        await town.pagerduty.resolve(town.pagerduty.incidents[0])
        await eventually(lambda: _is_over(town))
        await town.settled()
        await said(town, "resolve")
        await said(town, "trigger")
        await eventually(lambda: len(town.pagerduty.incidents) == 2)
        await eventually(lambda: _belongs_to(town, 2))


async def _belongs_to(town: Works, number: int, key: str = "db1/disk") -> bool:
    return (await alert(town, key)).incident == number


async def test_acknowledged_at_the_source_is_acknowledged_in_pagerduty_and_said_once(database_url: str) -> None:
    async with one_alert(database_url) as (town, room):
        for _ in range(2):
            await said(town, "acknowledge")
            await eventually(lambda: town.pagerduty.incidents[0].status == "acknowledged")
            await town.settled()
        assert len([line for line in lines(room) if "somebody looks at it" in line]) == 1
        assert len(town.pagerduty.incidents[0].acknowledgements) == 1


@pytest.mark.parametrize(("service", "urgency"), [("Payments", "low"), ("Checkout", "high")])
async def test_the_urgency_follows_the_severity_where_the_service_says_so(
    database_url: str, service: str, urgency: str
) -> None:
    async with works(database_url, monitor(route={"service": service})) as town:
        await room_of(town)
        await said(town, "trigger", severity="info")
        await eventually(lambda: town.pagerduty.incidents[0].urgency == urgency)
        await town.settled()
        assert ((await town.incident()).urgency, town.pagerduty.incidents[0].urgency) == (urgency, urgency)


async def test_what_a_person_chose_for_urgency_stays(database_url: str) -> None:
    async with works(database_url, monitor(route={"service": "Payments"})) as town:
        await room_of(town)
        for urgency in ("low", "high"):
            await _person_sets(town, urgency)
        await said(town, "trigger", severity="info")
        await eventually(lambda: _heard(town, 1))
        await town.settled()
        assert town.pagerduty.incidents[0].urgency == "high"


async def _person_sets(town: Works, urgency: str) -> None:
    address = f"{town.simulator.url}/pagerduty/incidents/{town.pagerduty.incidents[0].id}"
    headers = {"From": "bob@example.com", "Authorization": f"Token token={PAGERDUTY_API_TOKEN}"}
    body: Mapping[str, Any] = {"incident": {"type": "incident_reference", "urgency": urgency}}
    assert (await town.http.put(address, json=body, headers=headers)).status_code == 200


async def test_whom_the_source_names_is_invited(database_url: str) -> None:
    async with one_alert(database_url, responders=["carol@example.com"]) as (town, room):
        carol = town.slack.user("Carol").id
        await eventually(lambda: carol in room.members)
        assert not any("<!" in message.text.replace("<!date", "") for message in room.messages)


async def test_without_sources_pagerduty_is_asked_nothing_more(town_without_sources: Works) -> None:
    await town_without_sources.pagerduty.trigger("Checkout is down")
    await town_without_sources.room()
    assert not town_without_sources.faults.calls("pagerduty:GET /incidents/*/alerts")


@pytest.fixture
async def town_without_sources(database_url: str) -> AsyncIterator[Works]:
    async with works(database_url, {}) as town:
        yield town


async def test_alerts_of_a_merged_incident_go_along(database_url: str) -> None:
    async with works(database_url, monitor()) as town:
        await room_of(town)
        await said(town, "trigger", "db2/disk")
        await town.room(2)
        first, second = town.pagerduty.incidents
        await town.pagerduty.merge(second, first)
        await eventually(lambda: _belongs_to(town, 1, "db2/disk"))
        await said(town, "resolve", "db1/disk")
        await eventually(lambda: town.alerts()["db1/disk"] == "resolved")
        await town.settled()
        assert (await town.incident()).is_open
        await said(town, "resolve", "db2/disk")
        await eventually(lambda: _is_over(town))

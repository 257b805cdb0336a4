"""What people do in PagerDuty reaches MongoDB Atlas, where the operator wants that, and nothing goes in circles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.atlas import CLIENT, GROUP, KEY, Atlas, pretended
from tests.eventually import eventually
from tests.journeys.town import card, lines, shown
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio
ALERT, CONFIG = "a1", "c1"
SERVICE_ACCOUNT = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
API_KEY = {"public_key": KEY[0], "private_key": KEY[1]}


def event(action: str, severity: str = "warning", alert: str = ALERT) -> dict[str, Any]:
    details = {"id": alert, "groupId": GROUP, "alertConfigId": CONFIG}
    payload = {"summary": "No primary", "source": "rs0", "severity": severity, "custom_details": details}
    told = {"routing_key": SECRET, "event_action": action, "dedup_key": f"mongodb-atlas:{alert}", "payload": payload}
    return {**told, "client": "MongoDB Atlas"}


@asynccontextmanager
async def town_with(
    database_url: str, credentials: dict[str, str], **wanted: Any
) -> AsyncIterator[tuple[Works, Atlas]]:
    async with pretended() as atlas:
        told = {"url": atlas.url, **credentials, **wanted}
        atlas_prod = source("events-v2", verify={"routing_key": SECRET}, write_back=told)
        async with works(database_url, {"atlas-prod": atlas_prod}) as town:
            yield town, atlas


async def said(town: Works, action: str, severity: str = "warning", alert: str = ALERT) -> None:
    assert (await town.post("/in/atlas-prod", event(action, severity, alert))).status_code == 202


async def raised(town: Works) -> None:
    await said(town, "trigger")
    await town.room()


@pytest.mark.parametrize("credentials", [SERVICE_ACCOUNT, API_KEY], ids=["service account", "API key"])
async def test_who_acknowledges_in_slack_acknowledges_in_atlas(database_url: str, credentials: dict[str, str]) -> None:
    async with town_with(database_url, credentials, severity=False) as (town, atlas):
        await raised(town)
        await town.press("Alice", "ack")
        [body] = await eventually(lambda: atlas.patched)
        await town.settled()
        assert (set(body), len(atlas.patched)) == ({"acknowledgedUntil", "acknowledgementComment"}, 1)
        assert atlas.asked[0][1] == f"/api/atlas/v2/groups/{GROUP}/alerts/{ALERT}"
        assert "signal.written_back" in await town.kinds()


async def test_the_echo_of_our_own_acknowledgement_changes_nothing(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT, severity=False) as (town, atlas):
        await raised(town)
        await town.press("Alice", "ack")
        await eventually(lambda: atlas.patched)
        await town.settled()
        room, acknowledgers = await town.channel(), len(town.pagerduty.incidents[0].acknowledgements)
        before = lines(room)
        await said(town, "acknowledge")
        await eventually(lambda: _heard(town, "acknowledge"))
        await town.settled()
        assert (lines(room), len(atlas.patched)) == (before, 1)
        assert len(town.pagerduty.incidents[0].acknowledgements) == acknowledgers


async def _heard(town: Works, action: str) -> bool:
    return any(one.details.get("action") == action for one in await town.timeline())


async def test_an_acknowledgement_that_lapsed_is_taken_back(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT, severity=False) as (town, atlas):
        await raised(town)
        await town.pagerduty.acknowledge(town.pagerduty.incidents[0])
        await eventually(lambda: len(atlas.patched) == 1)
        await town.settled()
        await town.pagerduty.unacknowledge(town.pagerduty.incidents[0])
        await eventually(lambda: len(atlas.patched) == 2)
        assert atlas.patched[1] == {"unacknowledgeAlert": True}
        await town.settled()
        assert not (await town.incident()).alerts[0].is_told


async def test_what_atlas_says_itself_is_not_told_back_to_it(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT, severity=False) as (town, atlas):
        await raised(town)
        await said(town, "acknowledge")
        await eventually(lambda: town.pagerduty.incidents[0].status == "acknowledged")
        await town.settled()
        assert atlas.patched == []


async def test_nothing_is_written_back_unless_the_operator_says_so(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT, acknowledge=False, severity=False) as (town, atlas):
        await raised(town)
        await town.press("Alice", "ack")
        await town.settled()
        assert atlas.asked == []


async def test_a_severity_that_is_not_said_is_asked_for_once_and_never_waited_for(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT) as (town, atlas):
        atlas.severities[CONFIG] = "CRITICAL"
        await raised(town)
        await eventually(lambda: _is(town, 1, "critical"))
        await eventually(lambda: _shows(town, "critical"))
        await said(town, "trigger", alert="a2")
        await eventually(lambda: _is(town, 2, "critical"))
        await town.settled()
        assert len([path for _, path, _ in atlas.asked if "alertConfigs" in path]) == 1


async def _is(town: Works, number: int, severity: str) -> bool:
    return (await town.incident(number)).alerts[0].severity == severity


async def _shows(town: Works, word: str) -> bool:
    return word in shown(card(await town.channel()))


async def test_atlas_being_unwilling_keeps_no_page_back(database_url: str) -> None:
    async with town_with(database_url, SERVICE_ACCOUNT) as (town, atlas):
        atlas.status = 403
        await raised(town)
        await town.press("Alice", "ack")
        await eventually(lambda: any("Gave up write back" in line for line in _lines(town)))
        assert town.pagerduty.incidents[0].status == "acknowledged"


def _lines(town: Works) -> list[str]:
    return [message.text for channel in town.slack.channels.values() for message in channel.messages]

"""Who may not, and who only pretends: Mallory, a guest, and somebody PagerDuty does not know."""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.entrance import doorkeeper
from bot.simulator import credentials
from bot.simulator.slack.delivery import signature
from tests.eventually import eventually
from tests.journeys.town import Town, a_town
from tests.promises.gate_line import request

pytestmark = pytest.mark.anyio

FORGED_PAGE = b'{"event": {"id": "01F", "event_type": "incident.triggered", "data": {"id": "QMALLORY", "title": "x"}}}'
FORGED_COMMAND = b"command=/incident&text=resolve+INC-1&user_id=U0ALICE&channel_id=C1&trigger_id=1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOO_MUCH = b"x" * (600 * 1024)


def by_pagerduty(body: bytes, secret: str) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def by_slack(body: bytes, *, secret: str = credentials.SLACK_SIGNING_SECRET, age: int = 0) -> dict[str, str]:
    stamp = str(int(time.time()) - age)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body), **FORM}


FORGED_WEBHOOKS: list[Mapping[str, str]] = [
    {},
    {"X-PagerDuty-Signature": by_pagerduty(FORGED_PAGE, "mallorys own")},
    {"X-PagerDuty-Signature": "v1="},
    {"X-PagerDuty-Signature": "v1=" + "é" * 32},
    {"X-PagerDuty-Signature": ",".join(["v1=" + "0" * 64] * 100)},
    {"X-PagerDuty-Signature": by_pagerduty(FORGED_PAGE + b" ", credentials.PAGERDUTY_WEBHOOK_SECRET)},
]
FORGED_REQUESTS: list[Mapping[str, str]] = [
    FORM,
    by_slack(FORGED_COMMAND, secret="mallorys own"),
    by_slack(FORGED_COMMAND, age=301),
    by_slack(FORGED_COMMAND, age=-900),
    by_slack(FORGED_COMMAND + b"&team_id=T1"),
    by_slack(FORGED_COMMAND) | {"X-Slack-Request-Timestamp": "9" * 40},
    by_slack(FORGED_COMMAND) | {"X-Slack-Request-Timestamp": "now"},
    by_slack(FORGED_COMMAND) | {"X-Slack-Signature": "v0=é"},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data"},
    {},
]


async def test_nothing_that_mallory_forges_gets_in(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    await town.room()
    before = await town.timeline()
    async with aiohttp.ClientSession() as mallory:

        async def sent(path: str, body: bytes, headers: Mapping[str, str]) -> int:
            async with mallory.post(f"{town.simulator.bot_url}{path}", data=body, headers=headers) as answer:
                return answer.status

        webhooks = [await sent("/pagerduty/webhook", FORGED_PAGE, headers) for headers in FORGED_WEBHOOKS]
        assert webhooks == [401] * len(FORGED_WEBHOOKS)
        requests = [await sent("/slack/events", FORGED_COMMAND, headers) for headers in FORGED_REQUESTS]
        assert requests == [401] * len(FORGED_REQUESTS)
        for path in ("/pagerduty/webhook", "/slack/events"):
            assert await sent(path, TOO_MUCH, {}) == 413
            assert await sent(path, b"", {}) == 401
            assert await sent(path, b"\xff\x00{", {"Content-Type": "application/json"}) == 401

    await town.settled()
    assert page.status == "triggered"
    assert await town.timeline() == before
    assert len(await town.database.read(lambda tx: tx.incidents())) == 1
    assert await town.database.read(lambda tx: tx.not_understood()) == []
    assert await town.database.read(lambda tx: tx.delivery("pagerduty:01F")) is None


FOREIGN: list[bytes] = [
    b"command=/incident&text=resolve+INC-1&user_id=U0ALICE&channel_id=C1&trigger_id=1&team_id=T0ANOTHER",
    b"command=/incident&text=resolve+INC-1&user_id=U0ALICE&channel_id=C1&trigger_id=1&team_id=T0SIMULATED&api_app_id=A9",
    b"payload=" + b'{"type":"block_actions","user":{"id":"U0ALICE"},"team":{"id":"T0ANOTHER"},"actions":[]}',
    b"payload=" + b'{"type":"view_submission","user":{"id":"U0ALICE"},"team":{"id":"T0ANOTHER"},"view":{}}',
]


async def test_a_signed_request_of_another_workspace_or_app_is_403_and_leaves_nothing(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    await town.room()
    await eventually(lambda: town.database.read(lambda tx: tx.fact("slack.app_id")))
    before = await town.timeline()
    url = f"{town.simulator.bot_url}/slack/events"
    async with aiohttp.ClientSession() as other:
        for body in FOREIGN:
            async with other.post(url, data=body, headers=by_slack(body)) as answer:
                assert answer.status == 403, body
        event = b'{"type":"event_callback","team_id":"T0ANOTHER","event":{"type":"app_mention","user":"U0ALICE"}}'
        headers = by_slack(event) | {"Content-Type": "application/json"}
        async with other.post(url, data=event, headers=headers) as answer:
            assert answer.status == 403
    await town.settled()
    assert (await town.timeline(), page.status) == (before, "triggered")


async def test_guests_and_people_of_other_workspaces_are_refused_and_that_is_kept(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    await town.press("Dana", "ack")
    [told] = await eventually(lambda: town.told("Dana"))
    assert "Guests of this workspace cannot use Muster" in told
    answer = await town.slack.command("Mallory", room.id, "/incident resolve")
    assert "Only members of this workspace can use Muster" in answer.text

    await town.settled()
    assert page.status == "triggered"
    refused = [entry for entry in await town.timeline() if entry.kind == "command.refused"]
    assert [entry.actor.name for entry in refused] == ["Dana Diaz", "Mallory Moore"]
    assert town.writes() == [f"POST /incidents/{page.id}/notes"]  # the room's address, and nothing else


async def test_somebody_pagerduty_does_not_know_is_told_how_to_link(town: Town) -> None:
    """Carol has another address in Slack than in PagerDuty; nobody guesses by her name."""
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    carol: Any = town.slack.user("Carol")
    carol.email = "carol.chen@example.org"
    room.members.add(carol.id)
    await town.press("Carol", "ack")
    [told] = await eventually(lambda: town.told("Carol"))
    assert "no PagerDuty user has the address carol.chen@example.org" in told
    assert "/incident link-me" in told
    assert page.status == "triggered"

    carol.email = "carol@example.com"
    await town.slack.command("Carol", room.id, "/incident link-me")
    await eventually(lambda: any("You are carol@example.com in PagerDuty" in said for said in town.told("Carol")))
    await town.press("Carol", "ack")
    await eventually(lambda: page.status == "acknowledged")
    await town.settled()
    assert page.log[-1].agent_email == "carol@example.com"


async def test_strangers_who_stay_connected_leave_room_for_pages(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "MOST", 8)
    async with a_town(database_url) as town, contextlib.AsyncExitStack() as strangers:
        address = urlsplit(town.simulator.bot_url or "")
        readers = []
        for _ in range(20):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            strangers.callback(writer.close)
            writer.write(request("/slack/events", {}, FORGED_COMMAND))
            assert b" 401 " in await asyncio.wait_for(reader.readline(), 10)
            readers.append(reader)
        await asyncio.wait_for(readers[0].read(), 10)
        await town.pagerduty.trigger("Checkout is down")
        await town.room()
        assert town.pagerduty.deliveries[0].attempts[0].status == 202

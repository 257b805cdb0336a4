"""What speaks to PagerDuty already is given Muster's address instead, and notices no difference."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from bot.simulator.pagerduty.seed import integration_key
from storage.schema import inbox
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

MONITOR = {"monitor": source("events-v2", verify={"routing_key": SECRET})}
KEPTNS = """{
  "payload": {
    "summary": "Keptn Evaluation: fail",
    "timestamp": "2026-03-14T05:26:53.037Z",
    "severity": "warning",
    "source": "http://keptn.example.com/bridge/project/myapp/",
    "component": "qa",
    "group": "prod-datapipe"
  },
  "routing_key": "%s",
  "dedup_key": "srv01/qa",
  "event_action": "trigger",
  "client": "Keptn monitoring tool",
  "client_url": "http://keptn.example.com/bridge/project/myapp/"
}"""
"""In the form of the webhook that Keptn's users paste."""


def event(action: str = "trigger", **more: Any) -> dict[str, Any]:
    payload = {"payload": {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"}}
    return {"routing_key": SECRET, "event_action": action, "dedup_key": "db1/disk", **payload, **more}


async def sent(town: Works, body: Any, path: str = "/v2/enqueue") -> tuple[int, Any]:
    answer = await town.post(path, body, headers={})
    return answer.status_code, answer.json()


async def test_keptns_own_webhook_is_taken_and_answered_as_pagerduty_does(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        answer = await town.post("/v2/enqueue", content=KEPTNS % SECRET, headers={"Content-Type": "application/json"})
        taken = {"status": "success", "message": "Event processed", "dedup_key": "srv01/qa"}
        assert (answer.status_code, answer.json()) == (202, taken)
        await eventually(lambda: town.alerts() == {"srv01/qa": "triggered"})
        assert (await town.said("monitor"))[0].kind == "source.signal.received"
        unquoted = await town.post("/v2/enqueue", content=KEPTNS.replace('"%s"', SECRET), headers={})
        assert (unquoted.status_code, unquoted.json()["status"]) == (400, "invalid event")
        assert "the body is not JSON" in unquoted.json()["errors"][0]


async def test_an_alert_comes_and_goes_and_a_key_is_made_up_where_none_is_sent(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        made_up = {name: value for name, value in event().items() if name != "dedup_key"}
        status, answer = await sent(town, made_up)
        assert (status, answer["status"]) == (202, "success")
        await eventually(lambda: town.alerts() == {answer["dedup_key"]: "triggered"})
        for action in ("acknowledge", "resolve"):
            assert (await sent(town, event(action, dedup_key=answer["dedup_key"])))[0] == 202
        await eventually(lambda: town.alerts() == {answer["dedup_key"]: "resolved"})


async def test_a_change_is_answered_as_a_change(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        body = {"routing_key": SECRET, "payload": {"summary": "db1 has another disk", "source": "db1"}}
        answer = await sent(town, body, "/v2/change/enqueue")
        assert answer == (202, {"status": "success", "message": "Change event processed"})
        taken = town.pagerduty.account.change_events
        await eventually(lambda: [one.summary for one in taken] == ["db1 has another disk"])


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("/v2/enqueue", {**event(), "payload": {"severity": "bad"}}, [
            "'payload.summary' is missing or blank", "'payload.source' is missing or blank",
            "'payload.severity' must be one of critical, error, warning, info",
        ]),
        ("/v2/enqueue", event("shout"), ["'event_action' must be one of trigger, acknowledge, resolve"]),
        ("/v2/enqueue", event("resolve", dedup_key=""), ["'dedup_key' is missing or blank"]),
        ("/v2/enqueue", {"routing_key": SECRET, "payload": {"summary": "a change"}},
         ["'event_action' must be one of trigger, acknowledge, resolve"]),
        ("/v2/enqueue", event(routing_key=None), ["'routing_key' is missing or blank"]),
        ("/v2/change/enqueue", {"routing_key": SECRET, "payload": {}}, ["'payload.summary' is missing or blank"]),
        ("/v2/change/enqueue", [], ["the body is a JSON list, not an object"]),
    ],
)  # fmt: skip
async def test_what_pagerduty_would_not_take_is_refused_in_its_words(
    database_url: str, path: str, body: Any, errors: list[str]
) -> None:
    async with works(database_url, MONITOR) as town:
        invalid = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        assert await sent(town, body, path) == (400, invalid)
        assert await town.said("monitor") == []


async def test_a_key_that_nobody_wrote_down_is_refused_and_named_by_its_member(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        status, answer = await sent(town, event(routing_key="another"))
        assert (status, answer["status"]) == (400, "invalid event")
        assert answer["errors"][0].startswith("'routing_key' ")
        assert "another" not in answer["errors"][0]


async def test_too_much_and_too_many_are_told_apart(database_url: str) -> None:
    async with works(database_url, {"monitor": {**MONITOR["monitor"], "per_minute": 1}}) as town:
        large = await town.post("/v2/enqueue", event(client="x" * 600_000), headers={})
        assert (large.status_code, large.json()["status"]) == (413, "invalid event")
        assert (await sent(town, event()))[0] == 202
        many = await town.post("/v2/enqueue", event(), headers={})
        assert (many.status_code, many.json()["status"]) == (429, "throttle exceeded")
        assert int(many.headers["Retry-After"]) <= 60


async def test_what_muster_does_not_know_pagerduty_may_know(database_url: str) -> None:
    async with works(database_url, MONITOR) as town:
        assert (await sent(town, event("resolve", dedup_key="raised/before")))[0] == 202
        await eventually(lambda: town.sent("POST /v2/enqueue"))
        assert (await town.said("monitor"))[0].details["sent"] is True


async def test_integration_keys_that_the_operator_wrote_down_are_taken(database_url: str) -> None:
    """That of a service, and that of a route; each has alerts of its own, whatever their keys are called."""
    checkout, search = integration_key("Checkout"), integration_key("Search")
    services = {"Checkout": {"integration_key": checkout}}
    routed = {"cron": source("generic", route={"integration_key": search}, map={"summary": "s"})}
    async with works(database_url, routed, services=services) as town:
        for key in (checkout, search):
            assert (await sent(town, event(routing_key=key)))[0] == 202
        await eventually(lambda: len(town.pagerduty.account.alerts) == 2)
        assert len(await town.said("events:Checkout")) > 0
        assert len(await town.said("events:cron")) > 0
        assert (await sent(town, event("resolve", routing_key=search)))[0] == 202
        statuses = town.pagerduty.account.alerts
        await eventually(lambda: sorted(one.status for one in statuses.values()) == ["resolved", "triggered"])


async def test_routing_keys_are_not_kept_with_the_bodies(database_url: str) -> None:
    spelt = json.dumps(event()).replace(SECRET, "\\u0077" + SECRET[1:])
    async with works(database_url, MONITOR) as town:
        for path in ("/v2/enqueue", "/in/monitor"):
            assert (await town.post(path, event(), headers={})).status_code == 202
            assert (await town.post(path, content=spelt, headers={})).status_code == 202
        of_source = sa.select(inbox.c.body).where(inbox.c.source == "in:monitor")
        kept = await town.database.read(lambda tx: [bytes(row.body) for row in tx._all(of_source)])
        assert len(kept) == 4
        assert not any(SECRET.encode() in body or spelt.encode() == body for body in kept)
        assert all(json.loads(body)["dedup_key"] == "db1/disk" for body in kept)
        await town.settled()

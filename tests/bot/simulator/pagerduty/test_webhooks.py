"""Webhooks v3: shapes, signatures, order, retries, drops."""

import hashlib
import hmac
from itertools import pairwise

import pytest
from freezegun import freeze_time

from bot.simulator.credentials import PAGERDUTY_WEBHOOK_SECRET
from bot.simulator.pagerduty.subscriptions import ALL_EVENTS
from tests.bot.simulator.pagerduty.world import BOB, World

pytestmark = pytest.mark.anyio


def signed(secret: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def test_a_delivery_is_signed_and_says_whose_it_is(pd: World) -> None:
    await pd.pagerduty.trigger("Ünavailable")
    await pd.pagerduty.settled()
    [delivery], [received] = pd.pagerduty.deliveries, pd.bot.received
    assert received.headers["x-pagerduty-signature"] == signed(PAGERDUTY_WEBHOOK_SECRET, received.body)
    assert received.headers["x-webhook-id"] == delivery.webhook_id
    assert received.headers["x-webhook-subscription"] == pd.pagerduty.subscriptions[0].id
    assert received.headers["user-agent"] == "PagerDuty-Webhook/V3.0"
    assert received.headers["content-type"] == "application/json"
    assert (delivery.outcome, delivery.status) == ("delivered", 202)


async def test_every_active_secret_signs(pd: World) -> None:
    pd.pagerduty.subscriptions[0].secrets = ["new", "old"]
    await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    received = pd.bot.received[0]
    expected = [signed(secret, received.body) for secret in ("new", "old")]
    assert received.headers["x-pagerduty-signature"].split(",") == expected


@freeze_time("2026-01-02T03:04:05.678Z", real_asyncio=True)
async def test_an_event_says_when_who_and_the_whole_incident(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x", priority="P1", by=BOB)
    await pd.pagerduty.settled()
    event = pd.bot.received[0].event
    assert (event["event_type"], event["resource_type"]) == ("incident.triggered", "incident")
    assert event["occurred_at"] == "2026-01-02T03:04:05.678Z"
    assert len(event["id"]) == 26
    assert (event["agent"]["summary"], event["agent"]["type"]) == ("Bob Brown", "user_reference")
    assert event["client"] == {"name": "PagerDuty"}
    assert list(event["data"]) == [
        *("id", "type", "self", "html_url", "number", "status", "incident_key", "created_at", "title", "service"),
        *("assignees", "escalation_policy", "teams", "priority", "urgency", "conference_bridge", "resolve_reason"),
        "incident_type",
    ]
    assert event["data"]["created_at"] == "2026-01-02T03:04:05Z"
    assert (event["data"]["number"], event["data"]["priority"]["summary"]) == (incident.number, "P1")


async def test_a_resolution_note_follows_the_resolution_as_its_own_event(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    await pd.pagerduty.resolve(incident, note="I'm resolving it")
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "resolved", "annotated"]
    note = pd.bot.received[-1].event["data"]
    assert (note["content"], note["trimmed"]) == ("Resolution Note: I'm resolving it", False)
    assert note["incident"]["summary"] == "x"


async def test_everything_that_can_happen_is_told(pd: World) -> None:
    await drive_everything(pd)
    await pd.pagerduty.settled()
    assert {each.type for each in pd.bot.received} == {*ALL_EVENTS, "pagey.ping"}


async def drive_everything(pd: World) -> None:
    pagerduty = pd.pagerduty
    incident, source = await pagerduty.trigger("x"), await pagerduty.trigger("y")
    await pagerduty.acknowledge(incident)
    await pagerduty.unacknowledge(incident)
    await pagerduty.escalate(incident)
    await pagerduty.delegate(incident, "Search on call")
    await pagerduty.reassign(incident, BOB)
    await pagerduty.set_priority(incident, "P2")
    await pagerduty.set_type(incident, "major")
    await pagerduty.set_service(incident, "Search")
    await pagerduty.set_bridge(incident, number="+1 555", url="https://meet.example.com")
    await pagerduty.set_fields(incident, region="eu")
    await pagerduty.annotate(incident, "note")
    await pagerduty.publish_status_update(incident, "update")
    await pagerduty.add_responder(incident, "Carol")
    await pagerduty.respond(incident, "Carol")
    await pagerduty.assign_role(incident, "Incident Commander", BOB)
    task = await pagerduty.keep_task(incident, "Call the bank")
    for what in ("updated", "completed"):
        await pagerduty.keep_task(incident, task, what)
    await pagerduty.run_workflow(incident, "Major incident")
    await pagerduty.invoke_action(incident, "Restart")
    await pagerduty.merge(source, into=incident)
    await pagerduty.reopen(source)
    service = await pagerduty.create_service("Mail")
    await pagerduty.rename_service(service, "Post")
    await pagerduty.set_service_fields(service, tier="1")
    await pagerduty.delete_service(service)
    await pd.response("POST", f"/webhook_subscriptions/{pagerduty.subscriptions[0].id}/ping")


@pytest.mark.parametrize("answer", [None, 500, 503, 429])
async def test_an_unanswered_webhook_comes_again_under_its_id_and_holds_back_its_incident(
    pd: World, answer: int | None
) -> None:
    pd.bot.answers = [answer, answer]
    incident = await pd.pagerduty.trigger("x")
    await pd.pagerduty.acknowledge(incident)
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "triggered", "triggered", "acknowledged"]
    first, second, *_ = pd.bot.received
    assert first.headers["x-webhook-id"] == second.headers["x-webhook-id"]
    assert first.body == second.body
    assert [each.status for each in pd.pagerduty.deliveries[0].attempts] == [answer, answer, 202]


async def test_another_incident_is_not_held_back(pd: World) -> None:
    pd.bot.answers = [500, 500, 500]
    pd.pagerduty.webhooks.retries.first = pd.pagerduty.webhooks.retries.longest = 0.2
    held = await pd.pagerduty.trigger("held")
    while not pd.bot.received:
        await pd.client.get("/pagerduty/abilities")
    pd.bot.answers.clear()
    await pd.pagerduty.trigger("free")
    await pd.pagerduty.settled()
    assert [each.event["data"]["title"] for each in pd.bot.received] == ["held", "free", "held"]
    assert held.status == "triggered"


async def test_a_webhook_nobody_takes_is_dropped_at_last(pd: World) -> None:
    pd.bot.url = "http://127.0.0.1:1"
    await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    assert [each.status for each in pd.pagerduty.deliveries[0].attempts] == [None] * 4
    assert pd.pagerduty.deliveries[0].outcome == "dropped"


async def test_what_is_queued_before_the_bot_listens_arrives_when_it_does(pd: World) -> None:
    url, pd.bot.url = pd.bot.url, None
    pd.pagerduty.webhooks.retries.tries = 1000
    await pd.pagerduty.trigger("x")
    while not pd.pagerduty.deliveries[0].attempts:
        await pd.client.get("/pagerduty/abilities")
    pd.bot.url = url
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered"]


async def test_three_drops_in_a_row_switch_the_subscription_off_until_it_is_enabled(pd: World) -> None:
    path = f"/webhook_subscriptions/{pd.pagerduty.subscriptions[0].id}"
    pd.bot.answers = [401, 401, 202, 401, 403, 404]
    incident = await pd.pagerduty.trigger("x")
    for number in range(6):
        await pd.pagerduty.annotate(incident, f"note {number}")
    await pd.pagerduty.settled()
    assert len(pd.bot.received) == 6
    shown = (await pd.call("GET", path))["webhook_subscription"]
    assert shown["delivery_method"]["temporarily_disabled"] is True
    await pd.pagerduty.acknowledge(incident)
    await pd.call("POST", f"{path}/enable")
    await pd.pagerduty.resolve(incident)
    await pd.pagerduty.settled()
    assert pd.bot.types[6:] == ["resolved"]


async def test_duplicates_share_both_ids(pd: World) -> None:
    pd.faults.switch("webhook-duplicates", True)
    await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    first, second = pd.bot.received
    assert first.body == second.body
    assert first.headers["x-webhook-id"] == second.headers["x-webhook-id"]


async def test_reordering_swaps_neighbours(pd: World) -> None:
    pd.faults.switch("webhook-reordered", True)
    incident = await pd.pagerduty.trigger("x")
    await pd.pagerduty.acknowledge(incident)
    await pd.pagerduty.resolve(incident)
    await pd.pagerduty.settled()
    assert pd.bot.types == ["acknowledged", "triggered", "resolved"]


async def test_order_is_kept_in_an_incident(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    for number in range(20):
        await pd.pagerduty.annotate(incident, str(number))
    await pd.pagerduty.settled()
    assert [each.event["data"]["content"] for each in pd.bot.received[1:]] == [str(number) for number in range(20)]
    moments = [each.event["occurred_at"] for each in pd.bot.received]
    assert all(earlier <= later for earlier, later in pairwise(moments))


async def test_a_webhook_can_be_lost_on_its_way_back(pd: World) -> None:
    pd.faults.add("webhook:incident.triggered", lost_reply=True, times=1)
    await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "triggered"]


async def test_an_answer_that_comes_too_late_counts_as_none(pd: World) -> None:
    assert pd.pagerduty.webhooks.retries.answer_within == 5
    pd.pagerduty.webhooks.retries.answer_within = 0.05
    pd.bot.awake.clear()
    await pd.pagerduty.trigger("x")
    while not pd.pagerduty.deliveries[0].attempts:
        await pd.client.get("/pagerduty/abilities")
    pd.bot.awake.set()
    await pd.pagerduty.settled()
    assert pd.pagerduty.deliveries[0].attempts[0].status is None
    assert pd.pagerduty.deliveries[0].outcome == "delivered"


async def test_settled_says_so_when_it_takes_too_long(pd: World) -> None:
    pd.faults.add("webhook:*", latency=5)
    await pd.pagerduty.trigger("x")
    with pytest.raises(TimeoutError):
        await pd.pagerduty.settled(within=0.05)

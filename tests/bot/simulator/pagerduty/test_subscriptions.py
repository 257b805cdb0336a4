"""Webhook subscriptions over REST."""

from typing import Any

import pytest

from tests.bot.simulator.pagerduty.world import World

pytestmark = pytest.mark.anyio


def subscription(pd: World, **members: Any) -> dict[str, Any]:
    method = {
        "type": "http_delivery_method",
        "url": f"{pd.bot.url}/pagerduty/webhook",
        "custom_headers": [{"name": "x-team", "value": "sre"}],
    }
    body = {
        "type": "webhook_subscription",
        "delivery_method": method,
        "events": ["incident.triggered"],
        "filter": {"type": "account_reference"},
    }
    return {"webhook_subscription": body | members}


async def test_the_secret_is_told_once(pd: World) -> None:
    created = await pd.response("POST", "/webhook_subscriptions", subscription(pd))
    shown = created.json()["webhook_subscription"]
    assert created.status_code == 200
    assert shown["delivery_method"]["secret"]
    again = (await pd.call("GET", f"/webhook_subscriptions/{shown['id']}"))["webhook_subscription"]
    assert again["delivery_method"]["secret"] is None
    assert again["delivery_method"]["custom_headers"] == [{"name": "x-team", "value": "-- redacted --"}]


async def test_a_service_filter_and_an_event_list_narrow_what_comes(pd: World) -> None:
    await pd.response("DELETE", f"/webhook_subscriptions/{pd.pagerduty.subscriptions[0].id}")
    only = {"type": "service_reference", "id": pd.pagerduty.service("Search").id}
    await pd.call("POST", "/webhook_subscriptions", subscription(pd, filter=only))
    for service in ("Checkout", "Search"):
        await pd.pagerduty.acknowledge(await pd.pagerduty.trigger("x", service=service))
    await pd.pagerduty.settled()
    assert [(each.type, each.event["data"]["service"]["summary"]) for each in pd.bot.received] == [
        ("incident.triggered", "Search")
    ]
    assert pd.bot.received[0].headers["x-team"] == "sre"


async def test_two_subscriptions_share_the_event_and_not_the_webhook(pd: World) -> None:
    await pd.call("POST", "/webhook_subscriptions", subscription(pd))
    await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    first, second = pd.bot.received
    assert first.event["id"] == second.event["id"]
    assert first.headers["x-webhook-id"] != second.headers["x-webhook-id"]
    assert first.headers["x-pagerduty-signature"] != second.headers["x-pagerduty-signature"]


async def test_a_ping_greets(pd: World) -> None:
    path = f"/webhook_subscriptions/{pd.pagerduty.subscriptions[0].id}"
    assert (await pd.response("POST", f"{path}/ping")).status_code == 202
    await pd.pagerduty.settled()
    event = pd.bot.received[0].event
    assert (event["event_type"], event["resource_type"]) == ("pagey.ping", "pagey")
    assert event["data"] == {"message": "Hello from your friend Pagey!", "type": "ping"}


async def test_one_switched_off_by_hand_hears_nothing(pd: World) -> None:
    path = f"/webhook_subscriptions/{pd.pagerduty.subscriptions[0].id}"
    shown = await pd.call("PUT", path, {"webhook_subscription": {"type": "webhook_subscription", "active": False}})
    assert shown["webhook_subscription"]["active"] is False
    await pd.pagerduty.trigger("x")
    assert pd.pagerduty.deliveries == []


@pytest.mark.parametrize(
    "change",
    [{"events": []}, {"events": ["incident.snoozed"]}, {"filter": {"type": "service_reference"}}, {"type": "webhook"}],
)
async def test_what_is_wrong_subscribes_nothing(pd: World, change: dict[str, Any]) -> None:
    assert (await pd.response("POST", "/webhook_subscriptions", subscription(pd, **change))).status_code == 400
    assert len(pd.pagerduty.subscriptions) == 1


async def test_the_seeded_one_points_to_the_bot(pd: World) -> None:
    [shown] = (await pd.call("GET", "/webhook_subscriptions", filter_type="account"))["webhook_subscriptions"]
    assert shown["delivery_method"]["url"] == f"{pd.bot.url}/pagerduty/webhook"
    assert (await pd.response("DELETE", f"/webhook_subscriptions/{shown['id']}")).status_code == 204

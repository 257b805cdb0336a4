"""What can be asked of the list of incidents, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from tests.bot.simulator.pagerduty.world import World

pytestmark = pytest.mark.anyio


async def found(pd: World, **query: str) -> list[str]:
    return [each["title"] for each in (await pd.call("GET", "/incidents", **query))["incidents"]]


async def test_without_a_range_the_last_month_is_searched(pd: World) -> None:
    with freeze_time(datetime.now(UTC) - timedelta(days=40), tick=True, real_asyncio=True):
        await pd.pagerduty.trigger("long ago")
    await pd.pagerduty.trigger("today")
    assert await found(pd) == ["today"]
    assert await found(pd, date_range="all", sort_by="created_at:desc") == ["today", "long ago"]


@pytest.mark.parametrize(
    "query",
    [
        {"statuses[]": "open"}, {"urgencies[]": "critical"}, {"include[]": "everything"}, {"date_range": "some"},
        {"sort_by": "colour"}, {"sort_by": "created_at:up"},
        {"since": "2026-01-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"},
    ],
)  # fmt: skip
async def test_what_does_not_exist_is_refused(pd: World, query: dict[str, str]) -> None:
    response = await pd.client.get("/pagerduty/incidents", params=query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2001)


async def test_a_subscription_that_was_switched_off_is_on_again_after_a_day(pd: World) -> None:
    [subscription] = pd.pagerduty.subscriptions
    pd.bot.answers = [401, 401, 401]
    for _ in range(3):
        await pd.pagerduty.trigger("x")
    await pd.pagerduty.settled()
    assert subscription.temporarily_disabled
    with freeze_time(datetime.now(UTC) + timedelta(hours=23), tick=True, real_asyncio=True):
        assert subscription.temporarily_disabled
    with freeze_time(datetime.now(UTC) + timedelta(hours=25), tick=True, real_asyncio=True):
        assert not subscription.temporarily_disabled

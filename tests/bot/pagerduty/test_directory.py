"""People, services and the account as PagerDuty's REST API tells them."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.domain.incident import Reference
from bot.pagerduty.rest import Subscription
from tests.bot.pagerduty.pretend import Pretend, ok, page

pytestmark = pytest.mark.anyio

INGRID = "ingrid@harbour.example"


async def test_a_user_becomes_a_person() -> None:
    pretend = Pretend(ok({"user": {"id": "PHL1NGR", "name": "Ingrid Solheim", "email": INGRID}}))
    person = await pretend.pagerduty.user("PHL1NGR")
    assert (person.name, person.email, person.pagerduty_id, person.slack_id) == (
        "Ingrid Solheim", INGRID, "PHL1NGR", None,
    )  # fmt: skip
    assert person.checked_at is not None


async def test_only_exactly_the_same_address_is_the_same_person() -> None:
    other = {"id": "PHLX", "name": "Ingrid's deputy", "email": "not." + INGRID}
    first = page("users", other, {"id": "PHLY", "email": None}, more=True)
    pretend = Pretend(first, page("users", {"id": "PHL1NGR", "name": "Ingrid", "email": INGRID.upper()}))
    person = await pretend.pagerduty.user_with_email(INGRID)
    assert person is not None
    assert person.pagerduty_id == "PHL1NGR"
    assert pretend.query() == [("query", INGRID), ("limit", "100"), ("offset", "100")]


async def test_an_address_that_is_no_text_is_nobody() -> None:
    assert await Pretend(page("users")).pagerduty.user_with_email("\ud800@harbour.example") is None


async def test_nobody_with_an_address_is_nobody() -> None:
    pretend = Pretend(page("users", {"id": "PHLX", "name": "Ingrid", "email": "x" + INGRID}))
    assert await pretend.pagerduty.user_with_email(INGRID) is None


async def test_who_is_on_call_comes_by_level_and_once() -> None:
    shifts = [
        {"escalation_level": level, "user": {"id": who, "summary": who.title()}}
        for level, who in [(3, "INGRID"), (2, "YUKI"), (1, "INGRID"), (1, "TOMAS")]
    ]
    pretend = Pretend(page("oncalls", *shifts, {"escalation_level": 1, "user": None}))
    on_call = await pretend.pagerduty.on_call("PHLEPA1")
    assert [one.id for one in on_call] == ["INGRID", "TOMAS", "YUKI"]
    assert pretend.query() == [("escalation_policy_ids[]", "PHLEPA1"), ("limit", "100"), ("offset", "0")]


async def test_all_pages_of_services_are_read() -> None:
    first = page("services", {"id": "PHLTICK", "name": "Ticket Kiosks"}, {"name": "no id"}, more=True)
    pretend = Pretend(first, page("services", {"id": "PHLGATE", "summary": "Boarding Gates"}))
    assert await pretend.pagerduty.services() == [
        Reference("PHLTICK", "Ticket Kiosks"), Reference("PHLGATE", "Boarding Gates"),
    ]  # fmt: skip


async def test_pages_without_an_end_come_to_an_end() -> None:
    pretend = Pretend(page("services", {"id": "PHLTICK"}, more=True))
    assert len(await pretend.pagerduty.services()) == 100
    assert pretend.query()[-1] == ("offset", "9900")


@pytest.mark.parametrize(
    ("integrations", "key"),
    [
        ([{"type": "generic_email_inbound_integration", "integration_key": "no"},
          {"type": "events_api_v2_inbound_integration", "integration_key": "R0UT1NG"}], "R0UT1NG"),
        ([{"type": "events_api_v2_inbound_integration_reference", "id": "PHLINT"}], None),
        (None, None),
    ],
)  # fmt: skip
async def test_the_key_of_a_service_is_that_of_its_events_integration(integrations: Any, key: str | None) -> None:
    pretend = Pretend(ok({"service": {"id": "PHLTICK", "integrations": integrations}}))
    assert await pretend.pagerduty.integration_key("PHLTICK") == key
    assert pretend.query() == [("include[]", "integrations")]


async def test_changes_are_asked_for_in_utc_and_ours_keep_our_id() -> None:
    services = [{"id": "PHLTICK", "summary": "Ticket Kiosks"}]
    theirs = {"id": "PHLCHG1", "summary": "Firmware", "timestamp": "2026-03-14T04:00:00Z", "services": services}
    ours = theirs | {
        "timestamp": "2026-03-14T05:00:00Z", "custom_details": {"muster_change": "chg-7"},
        "links": [{"href": "https://ci.example.org/7", "text": "build"}, {"text": "nowhere"}],
    }  # fmt: skip
    pretend = Pretend(ok({"change_events": [theirs, ours, {"id": "PHLCHG3"}]}))
    noon = datetime(2026, 3, 14, 12, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))
    changes = await pretend.pagerduty.change_events("PHLTICK", noon - timedelta(hours=6), noon)
    assert [(change.id, change.service, change.links) for change in changes] == [
        ("chg-7", "Ticket Kiosks", ("https://ci.example.org/7",)), ("PHLCHG1", "Ticket Kiosks", ()),
    ]  # fmt: skip
    assert pretend.query()[:2] == [("since", "2026-03-14T04:00:00Z"), ("until", "2026-03-14T10:00:00Z")]


async def test_priorities_are_told_most_severe_first() -> None:
    pretend = Pretend(page("priorities", {"id": "PHLPRI1", "name": "SEV-1"}, {"id": "PHLPRI2", "name": "SEV-2"}))
    assert [one.summary for one in await pretend.pagerduty.priorities()] == ["SEV-1", "SEV-2"]


async def test_subscriptions_say_whether_they_deliver() -> None:
    whole = {
        "id": "PHLSUB1", "active": False, "events": ["incident.triggered", 7],
        "delivery_method": {"url": "https://muster.example.org/pagerduty/webhook", "temporarily_disabled": True},
        "filter": {"id": "PHLTICK", "type": "service_reference"},
    }  # fmt: skip
    pretend = Pretend(page("webhook_subscriptions", whole, {"id": "PHLSUB2", "events": None}))
    assert await pretend.pagerduty.subscriptions() == [
        Subscription(
            "PHLSUB1", "https://muster.example.org/pagerduty/webhook", False, True, ("incident.triggered",),
            "service PHLTICK",
        ),
        Subscription("PHLSUB2", "", True, False, (), "account"),
    ]  # fmt: skip


async def test_a_subscription_is_enabled_without_a_body_or_an_answer() -> None:
    pretend = Pretend(ok({"webhook_subscription": {"id": "PHLSUB1"}}))
    await pretend.pagerduty.enable_subscription("PHLSUB1")
    request = pretend.asked[0]
    assert (request.method, request.url.path, request.content) == (
        "POST", "/webhook_subscriptions/PHLSUB1/enable", b"",
    )  # fmt: skip

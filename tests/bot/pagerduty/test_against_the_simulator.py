"""The gateway against the pretended PagerDuty over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.incident import Snapshot, Status
from bot.domain.people import Actor
from bot.outbound import trusted
from bot.pagerduty.events import EventsApi
from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty
from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from bot.simulator.simulator import Simulator

pytestmark = pytest.mark.anyio

ALICE, BOB = "alice@example.com", "bob@example.com"
HOOK = "https://muster.example.com/pagerduty/webhook"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def pagerduty(simulator: Simulator, http: httpx.AsyncClient) -> PagerDuty:
    return PagerDuty(http, url=f"{simulator.url}/pagerduty", token=PAGERDUTY_API_TOKEN, gate=Gate())


async def declared(pagerduty: PagerDuty, key: str = "kiosk/pier-3") -> Snapshot:
    checkout = next(one for one in await pagerduty.services() if one.summary == "Checkout")
    return await pagerduty.declare(
        title="Kiosks dark", service_id=checkout.id, urgency="high", incident_key=key, description="Since low tide",
        as_email=ALICE,
    )  # fmt: skip


async def test_an_incident_lives_from_declaration_to_reopening(pagerduty: PagerDuty) -> None:
    incident = await declared(pagerduty)
    assert (await declared(pagerduty)).pagerduty_id == incident.pagerduty_id
    acknowledged = await pagerduty.set_status(incident.pagerduty_id, Status.ACKNOWLEDGED, as_email=BOB)
    assert acknowledged.last_status_change_by == Actor("responder", "PUBOB00", "Bob Brown")
    assert "Bob Brown" in [one.summary for one in acknowledged.acknowledgers]
    resolved = await pagerduty.set_status(
        incident.pagerduty_id, Status.RESOLVED, as_email=ALICE, resolution="Rolls turned"
    )
    assert (resolved.status, resolved.last_status_change_by) == (
        Status.RESOLVED, Actor("responder", "PUALICE", "Alice Andersen"),
    )  # fmt: skip
    reopened = await pagerduty.set_status(incident.pagerduty_id, Status.TRIGGERED, as_email=BOB)
    assert reopened.status is Status.TRIGGERED
    assert (await pagerduty.standing(incident.pagerduty_id)).status is Status.TRIGGERED


async def test_notes_come_back_as_they_were_written(pagerduty: PagerDuty) -> None:
    incident = await declared(pagerduty)
    note = await pagerduty.annotate(incident.pagerduty_id, "  Paper is in\nupside down ", as_email=BOB)
    found = [one for one in await pagerduty.notes(incident.pagerduty_id) if one.id == note]
    assert [(one.content, one.author) for one in found] == [("  Paper is in\nupside down ", "Bob Brown")]


async def test_people_are_found_by_address_and_by_duty(pagerduty: PagerDuty) -> None:
    alice = await pagerduty.user_with_email(ALICE.upper())
    assert alice is not None
    assert alice.pagerduty_id is not None
    assert replace(await pagerduty.user(alice.pagerduty_id), checked_at=alice.checked_at) == alice
    assert await pagerduty.user_with_email("nobody@example.com") is None
    incident = await declared(pagerduty)
    assert incident.escalation_policy is not None
    on_call = await pagerduty.on_call(incident.escalation_policy.id)
    assert [one.summary for one in on_call] == ["Alice Andersen", "Bob Brown"]


async def test_a_change_that_was_sent_is_listed_under_our_id(
    pagerduty: PagerDuty, simulator: Simulator, http: httpx.AsyncClient
) -> None:
    service = (await declared(pagerduty)).service
    assert service is not None
    key = await pagerduty.integration_key(service.id)
    assert key is not None
    now = datetime.now(UTC)
    await EventsApi(http, url=f"{simulator.url}/events").change(
        key, summary="Firmware 42", source="muster", at=now, links=["https://ci.example.org/7"],
        custom_details={"muster_change": "chg-7"},
    )  # fmt: skip
    changes = await pagerduty.change_events(service.id, now - timedelta(hours=1), now + timedelta(hours=1))
    assert [(one.id, one.summary, one.service, one.links) for one in changes] == [
        ("chg-7", "Firmware 42", "Checkout", ("https://ci.example.org/7",))
    ]


async def test_the_account_can_be_looked_at_and_its_webhooks_switched_on(pagerduty: PagerDuty) -> None:
    assert await pagerduty.abilities()
    assert [one.summary for one in await pagerduty.priorities()][:2] == ["P1", "P2"]
    subscription = (await pagerduty.subscriptions())[0]
    assert subscription.active
    await pagerduty.enable_subscription(subscription.id)


async def test_a_stranger_and_a_wrong_token_are_refused(pagerduty: PagerDuty, simulator: Simulator) -> None:
    incident = await declared(pagerduty)
    with pytest.raises(Refused) as caught:
        await pagerduty.set_status(incident.pagerduty_id, Status.ACKNOWLEDGED, as_email="mallory@example.com")
    assert caught.value.code == "1008"
    async with httpx.AsyncClient(verify=trusted()) as http:
        stranger = PagerDuty(http, url=f"{simulator.url}/pagerduty", token="y_wrong", gate=Gate())
        with pytest.raises(Refused, match="region"):
            await stranger.abilities()
    with pytest.raises(Refused) as caught:
        await pagerduty.incident("Q0NOWHERE")
    assert "404" in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "reached"),
    [
        ({"status": 429, "retry_after": 30}, False),
        ({"status": 503}, True),
        ({"lost_reply": True}, True),
        ({"down": True}, True),
        ({"garbage": True}, True),
    ],
)
async def test_each_way_to_fail_says_whether_the_note_may_stand(
    pagerduty: PagerDuty, simulator: Simulator, fault: dict[str, object], reached: bool
) -> None:
    incident = await declared(pagerduty)
    simulator.faults.add("pagerduty:POST */notes", times=1, **fault)
    with pytest.raises(Unavailable) as caught:
        await pagerduty.annotate(incident.pagerduty_id, "Ahoy", as_email=ALICE)
    assert caught.value.reached is reached


async def test_nobody_listening_has_certainly_done_nothing(pagerduty: PagerDuty, simulator: Simulator) -> None:
    incident = await declared(pagerduty)
    await simulator.stop()
    with pytest.raises(Unavailable) as caught:
        await pagerduty.annotate(incident.pagerduty_id, "Ahoy", as_email=ALICE)
    assert not caught.value.reached


async def test_what_is_open_is_listed_and_merged_as_the_person(simulator: Simulator, pagerduty: PagerDuty) -> None:
    pages = [await simulator.pagerduty.trigger(f"Kiosk {number} dark") for number in range(4)]
    await simulator.pagerduty.resolve(pages[0])
    assert {one.snapshot.pagerduty_id for one in await pagerduty.open_incidents()} == {page.id for page in pages[1:]}
    await pagerduty.merge(pages[1].id, [page.id for page in pages[2:]], as_email=BOB)
    assert [page.merged_into for page in pages] == [None, None, pages[1], pages[1]]
    assert pages[3].log[-1].agent_email == BOB
    with pytest.raises(Refused):
        await pagerduty.merge(pages[0].id, [pages[1].id], as_email=BOB)


async def test_a_service_is_set_up_to_take_alerts_by_severity(pagerduty: PagerDuty) -> None:
    [policy] = await pagerduty.escalation_policies_like("search")
    made = await pagerduty.create_service("Mail", policy.id, "by a test")
    assert (made.service.summary, made.follows_severity, made.makes_alerts) == ("Mail", True, True)
    with pytest.raises(Refused, match="already been taken"):
        await pagerduty.create_service("Mail", policy.id, "by a test")
    integration = await pagerduty.create_integration(made.service.id, "of a test")
    assert integration.key
    assert integration.key not in repr(integration)
    assert (await pagerduty.service_setup(made.service.id)).integrations == (integration,)
    assert await pagerduty.integration(made.service.id, integration.id) == integration
    for _ in range(2):
        await pagerduty.delete_integration(made.service.id, integration.id)
    assert (await pagerduty.service_setup(made.service.id)).integrations == ()


async def test_the_urgency_of_a_service_is_left_to_severity(pagerduty: PagerDuty) -> None:
    [checkout] = await pagerduty.services_like("check")
    assert (await pagerduty.service_setup(checkout.id)).urgency == "high"
    await pagerduty.let_severity_decide(checkout.id)
    assert (await pagerduty.service_setup(checkout.id)).follows_severity


async def test_a_subscription_tells_its_secret_once(pagerduty: PagerDuty) -> None:
    [team] = await pagerduty.teams_like("search")
    made, secret = await pagerduty.subscribe(HOOK, "team", team.id, ["incident.triggered"])
    assert secret
    assert made in await pagerduty.subscriptions()
    assert made.filter == f"team {team.id}"
    with pytest.raises(Refused, match="Filter not found"):
        await pagerduty.subscribe(HOOK, "service", "PNONE", ["incident.triggered"])
    with pytest.raises(Refused, match="not a valid url"):
        await pagerduty.subscribe("m.example", "account", None, ["incident.triggered"])
    for _ in range(2):
        await pagerduty.delete_subscription(made.id)
    assert made not in await pagerduty.subscriptions()

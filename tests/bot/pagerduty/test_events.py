"""What is sent to PagerDuty's Events API, to the letter."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.domain.errors import Refused, Unavailable
from bot.pagerduty.events import EventsApi
from tests.bot.pagerduty.pretend import Pretend, ok

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 14, 5, 27, 1, 37_000, tzinfo=UTC)
TAKEN = ok({"status": "success", "message": "Change event processed"}, 202)


def events(*answers: httpx.Response | Exception) -> tuple[EventsApi, Pretend]:
    pretend = Pretend(*answers)
    elsewhere = {"eu": "https://events.eu.example.org"}
    return EventsApi(pretend.http, url="https://events.example.org/", elsewhere=elsewhere), pretend


async def changed(api: EventsApi, **more: Any) -> None:
    told: dict[str, Any] = {"summary": "Firmware 42", "source": "muster", "at": AT} | more
    await api.change("R0UT1NG", **told)


async def test_a_change_has_the_members_pagerduty_knows() -> None:
    api, pretend = events(TAKEN)
    await changed(api, links=["https://ci.example.org/7"], custom_details={"muster_change": "chg-7"})
    assert str(pretend.asked[0].url) == "https://events.example.org/v2/change/enqueue"
    assert "authorization" not in pretend.asked[0].headers
    assert pretend.body() == {
        "routing_key": "R0UT1NG",
        "payload": {
            "summary": "Firmware 42", "source": "muster", "timestamp": "2026-03-14T05:27:01.037Z",
            "custom_details": {"muster_change": "chg-7"},
        },
        "links": [{"href": "https://ci.example.org/7", "text": "https://ci.example.org/7"}],
    }  # fmt: skip


async def test_a_key_of_another_region_is_sent_there_and_alone() -> None:
    api, pretend = events(TAKEN)
    await api.send("eu/R0UT1NG", "/v2/enqueue", {"event_action": "resolve", "dedup_key": "k"})
    assert str(pretend.asked[0].url) == "https://events.eu.example.org/v2/enqueue"
    assert pretend.body()["routing_key"] == "R0UT1NG"
    with pytest.raises(Refused, match="names no account us any more"):
        await api.send("us/R0UT1NG", "/v2/enqueue", {})


async def test_what_is_longer_than_pagerduty_takes_is_cut() -> None:
    api, pretend = events(TAKEN)
    await changed(api, summary="ø" * 2000, links=[f"https://ci.example.org/{n}" for n in range(60)])
    assert len(pretend.body()["payload"]["summary"]) == 1024
    assert len(pretend.body()["links"]) == 50


async def test_a_trigger_has_the_members_pagerduty_knows() -> None:
    api, pretend = events(ok({"status": "success", "dedup_key": "kiosk/pier-3"}, 202))
    await api.trigger(
        "R0UT1NG", dedup_key="kiosk/pier-3", summary="Kiosks dark", source="buoy", severity="warning", at=AT,
        custom_details={"tide": "low"},
    )  # fmt: skip
    assert str(pretend.asked[0].url) == "https://events.example.org/v2/enqueue"
    assert pretend.body() == {
        "routing_key": "R0UT1NG",
        "event_action": "trigger",
        "dedup_key": "kiosk/pier-3",
        "payload": {
            "summary": "Kiosks dark", "source": "buoy", "severity": "warning",
            "timestamp": "2026-03-14T05:27:01.037Z", "custom_details": {"tide": "low"},
        },
    }  # fmt: skip


async def test_a_resolve_needs_no_payload() -> None:
    api, pretend = events(TAKEN)
    await api.enqueue("R0UT1NG", "resolve", dedup_key="kiosk/pier-3")
    assert pretend.body() == {"routing_key": "R0UT1NG", "event_action": "resolve", "dedup_key": "kiosk/pier-3"}


@pytest.mark.parametrize("dedup_key", ["", "k" * 256])
async def test_a_key_pagerduty_would_refuse_is_not_sent(dedup_key: str) -> None:
    api, pretend = events(TAKEN)
    with pytest.raises(Refused):
        await api.enqueue("R0UT1NG", "resolve", dedup_key=dedup_key)
    assert pretend.asked == []


async def test_without_a_routing_key_the_person_is_told_what_to_add() -> None:
    api, _ = events(TAKEN)
    with pytest.raises(Refused, match="integration"):
        await api.change("", summary="Firmware 42", source="muster", at=AT)


async def test_a_refused_event_says_why_and_keeps_the_key_secret() -> None:
    api, _ = events(ok({"status": "invalid event", "message": "Odd", "errors": ["routing_key R0UT1NG is odd"]}, 400))
    with pytest.raises(Refused, match=r"Odd: routing_key \[secret\] is odd"):
        await changed(api)


async def test_a_lost_answer_leaves_the_change_in_doubt() -> None:
    api, _ = events(httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable) as caught:
        await changed(api)
    assert caught.value.reached


async def test_a_limit_on_one_key_does_not_stop_another() -> None:
    api, pretend = events(httpx.Response(429, headers={"retry-after": "30"}), TAKEN)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await changed(api)
    await api.change("AN0THER", summary="Firmware 42", source="muster", at=AT)
    assert len(pretend.asked) == 2

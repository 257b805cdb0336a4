"""PagerDuty's log, read whole however much it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.errors import Unavailable
from bot.domain.people import PAGERDUTY
from bot.pagerduty.resources import log
from bot.pagerduty.rest import Subscription
from tests.bot.pagerduty.pretend import INCIDENT, Pretend, ok, page

pytestmark = pytest.mark.anyio

SINCE = datetime(2026, 3, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(number: int, **changed: Any) -> dict[str, Any]:
    told = {
        "id": f"R{number}", "type": "acknowledge_log_entry", "created_at": "2026-03-14T05:28:00Z", "agent": None,
        "summary": "Acknowledged.", "incident": {"id": "Q0HL77KIOSK1", "summary": "[#418] Kiosks"},
    }  # fmt: skip
    return told | changed


async def test_a_log_entry_says_what_when_who_and_of_which_incident() -> None:
    pretend = Pretend(page("log_entries", entry(1), entry(1), entry(2, incident=None)))
    [found] = await pretend.pagerduty.log_entries(SINCE, SINCE + HOUR)
    assert (found.id, found.type, found.by, found.incident.id) == ("R1", "acknowledge", PAGERDUTY, "Q0HL77KIOSK1")
    assert pretend.query()[:2] == [("since", "2026-03-14T05:00:00Z"), ("until", "2026-03-14T06:00:00Z")]


async def test_a_note_stands_in_its_channel() -> None:
    note = entry(1, type="annotate_log_entry", channel={"type": "note", "summary": "Rebooted"})
    [found] = await Pretend(page("log_entries", note)).pagerduty.incident_log("Q0HL77KIOSK1")
    assert (found.type, found.note) == ("annotate", "Rebooted")


async def test_a_time_too_full_for_pagerdutys_paging_is_asked_for_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "FARTHEST", 2)
    both, first, second = ((entry(1), entry(2)), (entry(1),), (entry(2),))
    pretend = Pretend(*(page("log_entries", *entries) for entries in (both, first, second)))
    found = await pretend.pagerduty.log_entries(SINCE, SINCE + HOUR)
    assert [each.id for each in found] == ["R1", "R2"]
    assert [pretend.query(nth)[0][1] for nth in (0, 1, 2)] == [
        "2026-03-14T05:00:00Z", "2026-03-14T05:00:00Z", "2026-03-14T05:30:00Z",
    ]  # fmt: skip


async def test_an_entry_without_a_time_is_no_answer() -> None:
    with pytest.raises(Unavailable, match="created_at"):
        await Pretend(page("log_entries", entry(1, created_at=None))).pagerduty.log_entries(SINCE, SINCE + HOUR)


async def test_open_incidents_are_asked_for_however_old_and_the_begun_by_their_time() -> None:
    pretend = Pretend(ok({"incidents": [INCIDENT], "more": False}))
    [standing] = await pretend.pagerduty.open_incidents()
    assert standing.last_status_change_by is not None
    assert {("statuses[]", "triggered"), ("statuses[]", "acknowledged"), ("date_range", "all")} <= set(pretend.query())
    await pretend.pagerduty.incidents_created(SINCE - timedelta(days=900), SINCE)
    assert ("since", "2025-09-15T05:00:00Z") in pretend.query()


@pytest.mark.parametrize(
    ("filter_", "covered"),
    [("account", True), ("service PHLTICK", True), ("service PX", False), ("team PT", False)],
)
async def test_a_subscription_covers_what_its_filter_says(filter_: str, covered: bool) -> None:
    [standing] = await Pretend(ok({"incidents": [INCIDENT]})).pagerduty.open_incidents()
    subscription = Subscription("P1", "https://m.example/pagerduty/webhook", True, False, (), filter_)
    assert subscription.covers(standing.snapshot) is covered

"""Requests that wait for PagerDuty, small; `--full` plays 10,000 on each database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.databases import BOTH
from tests.journeys.town import MONDAY
from tests.promises import healing_pending
from tests.promises.healing_pending import Asked, Play, wrongs

pytestmark = pytest.mark.anyio
PLAYS = 30
ASKED = Asked("resolve", "Alice Andersen", MONDAY)
LATER = MONDAY + timedelta(hours=1)


@pytest.mark.parametrize("database", BOTH[1:])
async def test_nothing_stale_is_done_in_pagerduty_and_nobody_is_left_without_an_answer(
    database: str, request: pytest.FixtureRequest
) -> None:
    server = None if database == "sqlite" else request.getfixturevalue("postgres_url")
    assert await healing_pending.told(server, PLAYS) == {}


@pytest.mark.parametrize(
    ("asked", "done", "wrong"),
    [
        ([ASKED], [("resolve", "Alice Andersen", "triggered", LATER)], {}),
        ([ASKED], [("reopen", "Carol Chen", "resolved", LATER - timedelta(minutes=5)),
                   ("resolve", "Alice Andersen", "triggered", LATER)], {"stale"}),
        ([ASKED], [("reopen", "Carol Chen", "resolved", MONDAY + timedelta(seconds=20)),
                   ("resolve", "Alice Andersen", "triggered", MONDAY + timedelta(seconds=60.02))], {}),
        ([ASKED], [("resolve", "Alice Andersen", "resolved", LATER)], {"illegal"}),
        ([ASKED], [("resolve", "Alice Andersen", "triggered", LATER)] * 2, {"unasked or twice"}),
        ([ASKED], [("resolve", "Alice Andersen", "triggered", LATER + timedelta(days=2))], {"stale"}),
        ([ASKED, replace(ASKED, verb="acknowledge")], [], {"without an end"}),
    ],
)  # fmt: skip
def test_the_judge_of_the_interleavings_has_eyes(asked: Any, done: Any, wrong: Any) -> None:
    assert set(wrongs(Play(page=None, asked=asked, done=done), [])) == set(wrong)  # type: ignore[arg-type]

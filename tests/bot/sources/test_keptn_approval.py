"""Which of Keptn's approvals people are asked for, and what its end means."""

from typing import Any

import pytest

from bot.domain.approval import Outcome, Question
from tests.bot.sources.keptn_approvals import asking
from tests.bot.sources.keptn_events import approval, finished
from tests.bot.sources.told import signals

PLACE = "shop/production/carts"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({"result": "pass"}, True),
        ({"result": "pass", "passing": "automatic"}, False),
        ({"result": "pass", "warning": "automatic"}, True),
        ({"result": "warning", "passing": "automatic"}, True),
        ({"result": "warning", "warning": "automatic"}, False),
        ({"result": "fail"}, False),
        ({"result": None, "evaluation": {"result": "fail"}}, False),
        ({"result": None, "evaluation": {"result": "warning"}, "warning": "automatic"}, False),
        ({"result": None, "evaluation": None}, True),
        ({"result": None, "evaluation": None, "passing": "automatic", "warning": "automatic"}, True),
        ({"approval": None}, True),
    ],
)
def test_people_are_asked_for_what_is_neither_automatic_nor_failed(told: dict[str, Any], asked: bool) -> None:
    [signal] = asking(approval(**told))
    assert signal.action == "ignore"
    assert isinstance(signal.approval, Question) is asked


def test_a_question_says_what_is_to_be_approved() -> None:
    [signal] = asking(approval())
    assert signal.approval == Question(
        asked="question-1", context="c0ffee", project="shop", stage="production", service="carts", result="pass",
        score="92", commit="4f2a9c1", image="registry.example.com/carts:0.13.1",
        values={"buildId": "88", "Dashboard": "https://dash.example.com/d/1"},
        url="https://keptn.example.com/bridge/project/shop/sequence/c0ffee",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "action", "approved"),
    [
        ({"result": "pass"}, "resolve", True),
        ({"result": "fail"}, "ignore", False),
        ({"result": "fail", "status": "errored"}, "trigger", False),
        ({"result": None, "status": "aborted"}, "ignore", None),
    ],
)
def test_who_declines_raises_no_alert_and_what_went_wrong_does(
    told: dict[str, Any], action: str, approved: bool | None
) -> None:
    [signal] = asking(finished("approval", stage="production", **told))
    assert signal.action == action
    assert signal.approval == Outcome(asked="t1", about=PLACE, approved=approved)


def test_an_end_that_does_not_say_of_what_is_an_end_all_the_same() -> None:
    [signal] = asking({name: said for name, said in finished("approval").items() if name != "triggeredid"})
    assert signal.approval is None


def test_where_people_are_not_asked_an_approval_is_a_task_like_any_other() -> None:
    [asked], [declined] = signals("keptn", approval()), signals("keptn", finished("approval", "fail"))
    assert (asked.action, asked.approval) == ("ignore", None)
    assert (declined.action, declined.approval) == ("trigger", None)

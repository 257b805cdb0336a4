"""`approve` and `decline`: one answer, in one name, and everybody else hears whose it was."""

from dataclasses import replace

import pytest

from bot.domain.approval import approval_id
from bot.domain.errors import Misuse
from bot.domain.events.approvals import ApprovalFinished, ApprovalRequested
from bot.domain.people import Actor
from bot.domain.policy import Policy
from commands.command import Reply
from tests.commands.desk import ALICE, BOB, GUEST, Desk, now

NAME, KEPTN = approval_id("keptn", "q1"), Actor("service", "keptn", "Keptn")
ABOUT = "shop/production/carts"
ADA = replace(ALICE, standing="admin")
BORIS = replace(BOB, standing="admin")


@pytest.fixture
def asking(desk: Desk) -> Desk:
    event = ApprovalRequested(
        service_id="keptn", at=now(), by=KEPTN, key="asked", origin="in.keptn", approval=NAME, about=ABOUT, asked="q1",
        context="c", project="shop", stage="production", service="carts",
    )  # fmt: skip
    desk.run(lambda tx: tx.record_for_service(event))
    return desk


def jobs(desk: Desk) -> list[str]:
    return [claim.job.kind for claim in desk.run(lambda tx: tx.claim(10))]


def test_a_press_is_recorded_and_owed_and_the_card_tells(asking: Desk) -> None:
    reply = asking.presses("approve", NAME, by=ADA)
    assert reply.quiet
    assert asking.kinds("source:keptn") == ["approval.requested", "approval.answered"]
    assert sorted(jobs(asking)) == ["answer_approval", "show_approval"]


def test_what_is_typed_is_as_good_and_is_answered(asking: Desk) -> None:
    reply = asking.says(f"decline {NAME}", by=ADA)
    assert (reply.text, reply.quiet) == (f"You declined {ABOUT}; Keptn is told.", False)


def test_whoever_comes_second_hears_who_was_first(asking: Desk) -> None:
    asking.presses("approve", NAME, by=ADA)
    again, other = asking.presses("decline", NAME, by=ADA), asking.presses("decline", NAME, by=BORIS)
    assert again.text.startswith(f"You approved {ABOUT} already")
    assert other.text.startswith(f"Alice approved {ABOUT} already")
    assert asking.kinds("source:keptn").count("approval.answered") == 1


@pytest.mark.parametrize(("approved", "how"), [(True, "was approved"), (False, "was declined"), (None, "ended with")])
def test_what_was_answered_elsewhere_is_said(asking: Desk, approved: bool | None, how: str) -> None:
    event = ApprovalFinished(
        service_id="keptn", at=now(), by=KEPTN, key="over", origin="in.keptn", approval=NAME, about=ABOUT,
        approved=approved,
    )  # fmt: skip
    asking.run(lambda tx: tx.record_for_service(event))
    assert how in asking.presses("approve", NAME, by=ADA).text
    assert "approval.answered" not in asking.kinds("source:keptn")


def test_only_admins_may_unless_the_policy_says_otherwise(asking: Desk) -> None:
    def refused(verb: str, **how: object) -> bool:
        reply: Reply = asking.presses(verb, NAME, **how)  # type: ignore[arg-type]
        return reply.refused

    members = Policy({"approve": ("members",)})
    assert refused("approve", by=BOB)
    assert refused("decline", by=BOB)
    assert refused("decline", by=GUEST, policy=members)
    assert not refused("decline", by=BOB, policy=members)


def test_an_approval_that_nobody_knows_cannot_be_answered(desk: Desk) -> None:
    with pytest.raises(Misuse, match="not known here"):
        desk.presses("approve", "0" * 32, by=ADA)

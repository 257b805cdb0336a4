"""`approve` and `decline`: the answer to what a source asks people for. Only ever buttons."""

from bot.domain.approval import Approval, verdict
from bot.domain.errors import Misuse
from bot.domain.events.approvals import ApprovalAnswered
from bot.slack.mrkdwn import inline, when
from commands.answers import UNCHANGED, said, who
from commands.command import Call, Command, Reply
from commands.grammar import plain
from storage import Transaction

UNKNOWN = "That approval is not known here. Press a button of one that waits for an answer."


def approve(tx: Transaction, call: Call) -> Reply:
    return _answered(tx, call, approved=True)


def decline(tx: Transaction, call: Call) -> Reply:
    return _answered(tx, call, approved=False)


def _answered(tx: Transaction, call: Call, *, approved: bool) -> Reply:
    """Of two who press at once the one answers whose transaction is first."""
    approval = tx.approval_in_hand(plain(call.text).strip())
    if approval is None or approval.question is None:
        raise Misuse(UNKNOWN)
    _require_ear(tx, approval)
    if not approval.is_open:
        return said(f"{_stands(approval, call)} {UNCHANGED}")
    tx.record_for_service(
        ApprovalAnswered(
            service_id=approval.source, at=call.at, by=call.actor, origin=call.origin, approval=approval.id,
            key=f"approval:{approval.id}:answer:{approval.refused}", about=approval.question.about, approved=approved,
        )
    )  # fmt: skip
    about, told = inline(approval.question.about), inline(approval.client)
    return said(f"You {verdict(approved)} {about}; {told} is told.", quiet=call.origin == "slack.button")


def _require_ear(tx: Transaction, approval: Approval) -> None:
    """Of a source that nobody listens to here nobody would hear how it ended."""
    state = tx.source_state(approval.source) or {}
    if state.get("removed") or state.get("disabled"):
        done = "removed" if state.get("removed") else "disabled"
        raise Misuse(f"{approval.source} is {done} here: answer in {approval.client or approval.source} itself.")


def _stands(approval: Approval, call: Call) -> str:
    """Who was first."""
    about = inline(approval.question.about) if approval.question else ""
    if approval.answer:
        did = verdict(approval.answer.approved)
        return f"{who(approval.answer.by, call)} {did} {about} already, {when(approval.answer.at)}."
    return f"{about} waits for no answer any more: in {inline(approval.client)} it {_ended(approval)}."


def _ended(approval: Approval) -> str:
    return verdict(None) if approval.approved is None else f"was {verdict(approval.approved)}"


APPROVE = Command(name="approve", usage="approve", help="approve what a system asks for", run=approve, listed=False)
DECLINE = Command(
    name="decline", usage="decline", help="decline what a system asks for", run=decline, listed=False,
    same_as="approve",
)  # fmt: skip

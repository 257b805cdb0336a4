"""What a source asks people to approve, and how that ended, as it stands on the source's timeline."""

from dataclasses import asdict

from bot.domain.approval import Question, approval_id
from bot.domain.events.approvals import ApprovalEvent, ApprovalFinished, ApprovalRequested
from bot.receiving.arrival import Arrival


def about_approval(arrival: Arrival) -> ApprovalEvent | None:
    """None: the signal says nothing of any. It has a key of its own, so that who wants approvals only after a question
    came is asked when that is read again."""
    told, name = arrival.signal.approval, arrival.source.name
    if told is None:
        return None
    key = f"{arrival.key}:approval"
    id_, origin = approval_id(name, told.asked), f"in.{name}"
    if isinstance(told, Question):
        return ApprovalRequested(
            service_id=name, at=arrival.at, by=arrival.actor, key=key, origin=origin, approval=id_, about=told.about,
            **asdict(told),
        )  # fmt: skip
    return ApprovalFinished(
        service_id=name, at=arrival.at, by=arrival.actor, key=key, origin=origin, approval=id_, about=told.about,
        approved=told.approved,
    )  # fmt: skip

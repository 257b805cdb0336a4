"""An approval in Slack: its card, and the answer on its way to the source that asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from bot.domain.approval import Approval, Question, verdict
from bot.domain.errors import Refused, Unavailable
from bot.domain.events import ServiceEvent
from bot.domain.events.approvals import (
    ApprovalDelayed,
    ApprovalDropped,
    ApprovalFinished,
    ApprovalNotShown,
    ApprovalShown,
    ApprovalTaken,
)
from bot.domain.job import Claim
from bot.domain.people import MUSTER, Actor
from bot.effects.announcement import channel_named
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, asker
from bot.keptn import Ended, Keptn
from bot.slack.views.approval import card

MENDING_WAIT = 15.0  # seconds; it is for an operator to mend, and the question outlives that
SETTLES_IN = 2.0  # seconds; Keptn keeps an event a moment after it has taken it
MOST_LOOKS = 6  # at how it ended, after an attempt that may have ended it


async def show_approval(world: World, claim: Claim) -> Facts:
    """The whole present truth; the first time it is posted, under our key. What is over before anybody was asked is not
    shown, unless an earlier attempt may have shown it."""
    approval = await _approval(world, claim)
    if approval.message_ts:
        await world.slack.update(approval.channel, approval.message_ts, card(approval))
        return []
    if approval.question is None or (approval.over_at and not claim.doubt):
        return []
    channel, ts = await _posted(world, claim, approval)
    if claim.doubt:  # what was found may show an earlier state
        await world.slack.update(channel, ts, card(approval))
    about = approval.question.about
    return [ApprovalShown(**_common(claim, "shown", origin="slack.web"), about=about, channel=channel, message_ts=ts)]


async def _posted(world: World, claim: Claim, approval: Approval) -> tuple[str, str]:
    """Somebody must be asked: a channel that takes no message now may take one once Muster was invited."""
    try:
        channel = await channel_named(world, _gateway(world, approval).channel)
        return channel, await post_once(world, claim, channel, card(approval), key=f"approval:{approval.id}")
    except Refused as refusal:
        if refusal.trouble:
            raise
        raise Unavailable(str(refusal), retry_after=MENDING_WAIT, reached=False) from refusal


async def answer_approval(world: World, claim: Claim) -> Facts:
    """A refusal after an attempt whose reply was lost says nothing of that one: it is tried again."""
    try:
        return await _answered(world, claim)
    except Refused as refusal:
        if refusal.trouble or not claim.doubt:
            raise
        why = f"{refusal}; an earlier attempt may have been taken"
        raise Unavailable(why, retry_after=MENDING_WAIT, reached=False) from refusal


async def _answered(world: World, claim: Claim) -> Facts:
    """Keptn is looked at first, which takes an answer that nobody waits for without a word. A repeat is harmless: the
    first answer ends the task."""
    approval = await _approval(world, claim)
    gateway, question, approved = _gateway(world, approval), approval.question, bool(claim.job.arguments["approved"])
    if question is None:
        raise Refused("nobody has asked for it")
    if not await gateway.is_waiting(question):
        return await _too_late(claim, gateway, question, approved=approved)
    message = f"{verdict(approved)} by {asker(claim).name} in Slack"
    await gateway.answer(question, approved=approved, key=f"muster-{claim.job.key}", message=message)
    return [_taken(claim, approved=approved)]


async def _too_late(claim: Claim, gateway: Keptn, question: Question, *, approved: bool) -> Facts:
    """Unless an earlier attempt, whose answer was lost, ended it."""
    ended = await gateway.ended(question)
    if ended == Ended(approved=approved, is_ours=True):
        return [_taken(claim, approved=approved)]
    if ended is None and claim.doubt and claim.attempt < MOST_LOOKS:
        raise Unavailable("Keptn has not said yet how it ended", retry_after=SETTLES_IN, reached=False)
    how = f"it was {verdict(ended.approved)} in Keptn before" if ended else "Keptn does not wait for it any more"
    return [*([_finished(claim, ended)] if ended else []), dropped(claim, how, is_over=True)]


def delayed(claim: Claim, reason: str) -> Sequence[ServiceEvent]:
    """Said once for each reason."""
    told = _common(claim, f"delayed:{crc32(reason.encode()):08x}")
    return [ApprovalDelayed(**told, about=_about(claim), asker=asker(claim), reason=reason)]


def not_shown_yet(claim: Claim, reason: str) -> Sequence[ServiceEvent]:
    """Said once, and not for a hiccup."""
    return [_unshown(claim, "not_shown_yet", reason)] if claim.attempt > 1 else []


def dropped(claim: Claim, reason: str, *, is_over: bool = False) -> ServiceEvent:
    return ApprovalDropped(
        **_common(claim, "dropped"), about=_about(claim), asker=asker(claim), reason=reason, is_over=is_over
    )


def not_shown(claim: Claim, reason: str) -> ServiceEvent:
    return _unshown(claim, "not_shown", f"{reason}. It is not tried any more")


def _unshown(claim: Claim, what: str, reason: str) -> ServiceEvent:
    return ApprovalNotShown(**_common(claim, what, origin="slack.web"), about=_about(claim), reason=reason)


def _taken(claim: Claim, *, approved: bool) -> ServiceEvent:
    return ApprovalTaken(**_common(claim, "taken"), about=_about(claim), approved=approved, asker=asker(claim))


def _finished(claim: Claim, ended: Ended) -> ServiceEvent:
    by = Actor("service", str(claim.job.arguments["source"]), "Keptn")
    told = {**_common(claim, "finished"), "by": by}
    return ApprovalFinished(**told, about=_about(claim), approved=ended.approved)


def _common(claim: Claim, what: str, *, origin: str = "") -> dict[str, Any]:
    told = claim.job.arguments
    source = str(told["source"])
    return {
        "service_id": source, "at": datetime.now(UTC), "by": MUSTER, "key": f"effect:{claim.id}:{what}",
        "origin": origin or f"in.{source}", "approval": str(told["approval"]),
    }  # fmt: skip


def _about(claim: Claim) -> str:
    return str(claim.job.arguments["about"])


async def _approval(world: World, claim: Claim) -> Approval:
    id_ = str(claim.job.arguments["approval"])
    found = await world.database.read(lambda tx: tx.approval(id_))
    if found is None:
        raise Refused("there is no such approval in the ledger")
    return found


def _gateway(world: World, approval: Approval) -> Keptn:
    """A replica that has not got the new muster.yaml yet leaves it to those that have."""
    found = world.keptn.get(approval.source)
    if found is None:
        why = f"muster.yaml has no write_back with approvals for {approval.source}"
        raise Unavailable(why, retry_after=MENDING_WAIT, reached=False)
    return found

"""What is known of an effect beyond what it does: how long it is tried, and who hears when it is late or fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.events import Event, ServiceEvent
from bot.domain.events.changes import ServiceChangeFailed
from bot.domain.events.connecting import KeyDoubted, SourceNotConnected
from bot.domain.events.requests import EffectFailed, RequestDropped
from bot.domain.events.rooms import PartDelayed
from bot.domain.events.signals import SignalFailed
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.effects import approvals
from bot.effects.silence import request_delayed
from bot.effects.world import Run, asker, common


@dataclass(frozen=True)
class Effect:
    """`part`: the part of the room it puts in place. `verb`: the request it carries out, whose asker hears of it."""

    run: Run
    part: str | None = None
    verb: str | None = None
    patience: timedelta = timedelta(hours=24)

    def is_given_up(self, claim: Claim) -> bool:
        """Whether time has not helped for so long that it will not."""
        return datetime.now(UTC).timestamp() - claim.owed_since > self.patience.total_seconds()

    def delayed(self, claim: Claim, reason: str, *, wait: float) -> Sequence[Event | ServiceEvent]:
        """What to record of an attempt that will be repeated: nothing for a hiccup, unless somebody waits for it."""
        if claim.job.kind in DELAYS:
            return DELAYS[claim.job.kind](claim, reason)
        if self.verb:
            return [request_delayed(claim, self.verb, reason)]
        if self.part and (claim.attempt > 1 or wait > HICCUP):
            return [PartDelayed(**common(claim, "delayed"), part=self.part, reason=reason)]
        return []

    def failed(self, claim: Claim, reason: str) -> Sequence[Event | ServiceEvent]:
        """What to record of an effect that is given up."""
        shared = common(claim, "failed")
        if claim.job.incident is None:
            return [FAILURES[claim.job.kind](claim, reason)] if claim.job.kind in FAILURES else []
        if self.verb:
            return [RequestDropped(**shared, verb=self.verb, asker=asker(claim), reason=reason)]
        if self.part:
            return [PartDelayed(**shared, part=self.part, reason=reason)]
        return [EffectFailed(**shared, effect=claim.job.kind, reason=reason, attempts=claim.attempt)]


HICCUP = 5.0  # seconds


def _change_failure(claim: Claim, reason: str) -> ServiceEvent:
    told = claim.job.arguments
    return ServiceChangeFailed(
        service_id=str(told["service_id"]), at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:failed",
        origin="pagerduty.events", change_id=str(told["change_id"]), reason=reason,
        asker=asker(claim) if "asker" in told else None,
    )  # fmt: skip


def _signal_failure(claim: Claim, reason: str) -> ServiceEvent:
    told = claim.job.arguments
    return SignalFailed(
        service_id=str(told["source"]), at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:failed",
        origin="pagerduty.events", action=str(told["action"]), dedup_key=str(told["dedup_key"]), reason=reason,
    )  # fmt: skip


def not_connected(claim: Claim, reason: str) -> ServiceEvent:
    return SourceNotConnected(
        service_id=str(claim.job.arguments["wish"]["source"]), at=datetime.now(UTC), by=MUSTER,
        key=f"effect:{claim.id}:failed", origin="pagerduty.rest", asker=asker(claim), reason=reason,
    )  # fmt: skip


def _not_verified(claim: Claim, reason: str) -> ServiceEvent:
    told = claim.job.arguments
    return KeyDoubted(
        service_id=str(told["source"]), at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:failed",
        origin="pagerduty.events", route=str(told["route"]), service=str(told["service"]), asker=asker(claim),
        reason=reason,
    )  # fmt: skip


FAILURES: Mapping[str, Callable[[Claim, str], ServiceEvent]] = {
    "send_change": _change_failure, "send_signal": _signal_failure,
    "connect_source": not_connected, "verify_key": _not_verified,
    "show_approval": approvals.not_shown, "answer_approval": approvals.dropped,
}  # fmt: skip
DELAYS: Mapping[str, Callable[[Claim, str], Sequence[ServiceEvent]]] = {
    "show_approval": approvals.not_shown_yet, "answer_approval": approvals.delayed,
}  # fmt: skip

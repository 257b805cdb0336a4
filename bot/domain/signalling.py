"""What to do with a signal, as things stand: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.signal import Alert, AlertStatus, Signal
from bot.domain.source import AfterResolve

NEXT: Mapping[str, AlertStatus] = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


@dataclass(frozen=True)
class Verdict:
    """`alert`: as it stands afterwards, None when there is none. `sent`: whether PagerDuty is told; else `why` not."""

    alert: Alert | None
    sent: bool
    why: str = ""


def verdict(
    signal: Signal, alert: Alert | None, fresh: Alert, *, closed: bool, policy: AfterResolve, acknowledged: bool = False
) -> Verdict:
    """`fresh`: the alert as this signal would raise it. `closed`: the incident that the known alert belongs to was
    resolved in PagerDuty, and so the alert with it; `acknowledged`: it is acknowledged there. PagerDuty drops in
    silence what acknowledges or resolves nothing that is open, so that is not sent:
    https://developer.pagerduty.com/docs/send-alert-event."""
    if signal.action == "ignore":
        return Verdict(alert, sent=False, why=signal.reason)
    if signal.action == "change":
        return Verdict(alert, sent=True)
    if signal.action == "trigger":
        return _triggered(alert, fresh, closed=closed, policy=policy)
    if alert is None or not alert.is_open:
        return Verdict(alert, sent=False, why="nothing of this key is open")
    after = replace(alert, status=NEXT[signal.action])
    if closed:
        return Verdict(after, sent=False, why="it was resolved in PagerDuty before")
    if signal.action == "acknowledge" and alert.expects == "acknowledged":
        return Verdict(after, sent=False, why="it heard so from PagerDuty")
    if signal.action == "acknowledge" and acknowledged:
        return Verdict(after, sent=False, why="it is acknowledged in PagerDuty already")
    return Verdict(replace(after, expects=None), sent=True)


def _triggered(alert: Alert | None, fresh: Alert, *, closed: bool, policy: AfterResolve) -> Verdict:
    if alert is None or not alert.is_open:
        return Verdict(fresh, sent=True)
    timed: dict[str, Any] = {name: getattr(fresh, name) for name in ("auto_resolve_at", "auto_resolve_timeout")}
    if closed and policy == "ignore":
        why = "it was resolved in PagerDuty, and has not been over at the source since"
        return Verdict(replace(alert, **timed), sent=False, why=why)
    if closed:
        return Verdict(fresh, sent=True)
    after = replace(
        alert, severity=alert.learned or fresh.severity, summary=fresh.summary, url=fresh.url or alert.url,
        client=fresh.client or alert.client, fields=fresh.fields, tags=fresh.tags, refs={**alert.refs, **fresh.refs},
        **timed,
    )  # fmt: skip
    return Verdict(after, sent=True)

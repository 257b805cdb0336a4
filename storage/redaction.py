"""Words taken away wherever the database keeps them. Their proof stays, and an entry that says who did it."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.chain import canonical
from bot.domain.events import Entry
from bot.domain.events.redactions import EntryRedacted, RedactedElsewhere
from bot.domain.incident import Incident
from bot.domain.origin import found
from bot.domain.redacted import Blank, digest, hashed, spoken, without, without_anywhere, words_of
from bot.domain.service_reactions import approval_card
from bot.domain.signal import Alert
from storage.connected import stamp
from storage.incidents import STATE
from storage.ledger import Ledger
from storage.schema import answers, approvals, changes, contents, inbox, incidents, jobs, timeline
from storage.signals import ALERT, Signals

WORDED = ("payload", "client", "links", "images")
"""The members of an event that hold words."""


class Kept(NamedTuple):
    """Rows that may hold the words, as (id, JSON); and how one is written anew."""

    found: sa.Select[Any]
    rewrite: sa.Update


class Sent(NamedTuple):
    """What a source sent since then (RFC 3339), and what of this alert still leaves."""

    source: str
    dedup_key: str
    since: str


class Redaction(Ledger, Signals):
    def redact(self, entry: Entry, redaction: EntryRedacted) -> tuple[Incident, list[int]]:
        """Takes away text and details of an entry, and the same words from jobs, answers, deliveries and what we know
        of the incident. Returns it, and the places of other entries that hold them still."""
        incident = self.record(redaction)
        told = entry.details
        self.alerts_at_once(str(told.get("source", "")), str(told.get("dedup_key", "")), incident.number)
        self._do(TAKE_AWAY, at_stream=entry.stream, at_seq=entry.seq)
        words = words_of(entry.details)
        after = self._forget(words, incident, str(entry.details.get("change_id", ""))) if words else incident
        after = self._forget_signal(after, entry) if "dedup_key" in entry.details else after
        return after, self._holding(entry.stream, spoken(words))

    def redact_elsewhere(self, entry: Entry, redaction: RedactedElsewhere) -> list[int]:
        """The same on a timeline that no incident has: a service's, or a source's with what that sent."""
        self.record_for_service(redaction)
        kind, _, source = entry.stream.partition(":")
        self.alerts_at_once(source, str(entry.details.get("dedup_key", "")))
        self._do(TAKE_AWAY, at_stream=entry.stream, at_seq=entry.seq)
        words = [*words_of(entry.details), *(self._forget_alert(source, entry) if kind == "source" else [])]
        blank = spoken(words)
        self._rewrite(CHANGES, changes.c.id.in_([str(entry.details.get("change_id", "")), entry.key]), blank)
        self._forget_approval(source, entry, blank)
        self._rewrite(JOBS, sa.and_(jobs.c.incident.is_(None), _may_hold(jobs.c.arguments, words)), blank)
        self._rewrite(ANSWERS, _may_hold(answers.c.answer, words), blank)
        self._rewrite(DELIVERIES, inbox.c.subject == entry.stream.removeprefix("service:"), blank)
        return self._holding(entry.stream, blank) if words else []

    def withhold(self, delivery: int, incident: Incident) -> None:
        """Takes what was redacted from the incident out of a delivery that repeats it."""
        if incident.redacted:
            self._rewrite(DELIVERIES, inbox.c.id == delivery, hashed(incident.redacted))

    def entry(self, stream: str, seq: int) -> Entry | None:
        return next((one for one in self.timeline(stream, after=seq - 1, limit=1) if one.seq == seq), None)

    def _forget(self, words: Sequence[str], incident: Incident, change_id: str) -> Incident:
        blank = spoken(words)
        number, umbrella = incident.number, incident.room and incident.room.umbrella
        self._rewrite(CHANGES, changes.c.id == change_id, blank)
        self._rewrite(JOBS, jobs.c.incident.in_({number, umbrella or number}), blank)
        self._rewrite(JOBS, sa.and_(jobs.c.incident.is_(None), _may_hold(jobs.c.arguments, words)), blank)
        self._rewrite_signals(incident.number, words, blank)
        self._rewrite(ANSWERS, _may_hold(answers.c.answer, words), blank)
        if incident.pagerduty_id:
            self._rewrite(DELIVERIES, inbox.c.subject == incident.pagerduty_id, blank)
        forgetful = _forgetful(incident, words, blank)
        told = without(STATE.dump_python(forgetful, mode="json"), blank)
        self._do(REWRITE_STATE, at_id=number, text=canonical(told))
        return STATE.validate_python(told)

    def _rewrite_signals(self, incident: int, words: Sequence[str], blank: Blank) -> None:
        for alert in self.alerts_of(incident):
            self.keep_alert(ALERT.validate_python(without(ALERT.dump_python(alert, mode="json"), blank)))
            self._rewrite_sent(_sent(alert), words, blank)

    def _forget_signal(self, incident: Incident, entry: Entry) -> Incident:
        """A source's own fields have no names of ours, so all that is kept of them goes."""
        source, key = str(entry.details["source"]), str(entry.details["dedup_key"])
        alert, known = self.alert_in_hand(source, key), found(incident.alerts, source, key)
        fields = [one.fields for one in (alert, known) if one]
        words = [*words_of(entry.details), *(value for one in fields for value in one.values())]
        origins = tuple(replace(one, fields={}) if one is known else one for one in incident.alerts)
        after = replace(incident, alerts=origins)
        self._do(REWRITE_STATE, at_id=incident.number, text=STATE.dump_json(after).decode())
        if alert:
            self.keep_alert(replace(alert, fields={}))
            self._rewrite_sent(_sent(alert), words, spoken(words))
        return after

    def _forget_approval(self, source: str, entry: Entry, blank: Blank) -> None:
        """Its card is drawn anew without the words."""
        if name := entry.details.get("approval"):
            self._rewrite(APPROVALS, approvals.c.id == str(name), blank)
            self.put(approval_card(source, str(name), str(entry.details["about"])))

    def _forget_alert(self, source: str, entry: Entry) -> list[str]:
        """The fields of the alert that the entry is about, once they are gone."""
        key = str(entry.details.get("dedup_key", ""))
        alert = self.alert_in_hand(source, key)
        fields = list(alert.fields.values()) if alert else []
        words = [*words_of(entry.details), *fields]
        since = min(alert.raised_at, entry.at) if alert and alert.raised_at else entry.at
        if alert:
            bare = without(ALERT.dump_python(alert, mode="json"), spoken(words))
            self.keep_alert(replace(ALERT.validate_python(bare), fields={}))
        self._rewrite_sent(Sent(source, key, stamp(since)), words, spoken(words))
        return fields

    def _rewrite_sent(self, sent: Sent, words: Sequence[str], blank: Blank) -> None:
        """There, words stand under any name. What was not read, or not understood, stays as it is: it could not be
        understood without, and the resolve among it would be lost."""
        theirs = sa.and_(
            inbox.c.source == f"in:{sent.source}", inbox.c.received_at >= sent.since, inbox.c.state == "read"
        )  # fmt: skip
        self._rewrite(DELIVERIES, theirs, blank, anywhere=True)
        sending = sa.and_(jobs.c.kind == "send_signal", _may_hold(jobs.c.arguments, words))
        rows: Sequence[Any] = self._all(JOBS.found.where(sending))
        for at_id, text in rows:
            told = json.loads(text)
            if (told.get("source"), told.get("dedup_key")) == (sent.source, sent.dedup_key):
                self._do(JOBS.rewrite, at_id=at_id, text=canonical({**told, "body": _sendable(told["body"], blank)}))

    def _rewrite(self, kept: Kept, where: sa.ColumnElement[bool], blank: Blank, *, anywhere: bool = False) -> None:
        """Wherever people's words stand in what is kept as JSON; what is none, a delivery nobody understood, stays.
        `anywhere`: whatever name they stand under."""
        found: Sequence[Any] = self._all(kept.found.where(where))
        for at_id, text in found:
            told = _parsed(text)
            if told != (left := without_anywhere(told, blank) if anywhere else without(told, blank)):
                written = canonical(left)
                self._do(kept.rewrite, at_id=at_id, text=written.encode() if isinstance(text, bytes) else written)

    def _holding(self, stream: str, blank: Blank) -> list[int]:
        """The entries of the timeline in whose text or details one of these words stands."""
        rows = self._all(TEXTS, stream=stream)
        return [row.seq for row in rows if _differs({"text": row.text, "details": json.loads(row.details)}, blank)]


def _sendable(body: dict[str, Any], blank: Blank) -> dict[str, Any]:
    """An event that PagerDuty takes still: those two members have their own few values.
    https://developer.pagerduty.com/docs/send-alert-event"""
    left: dict[str, Any] = {name: without_anywhere(body[name], blank) for name in WORDED if name in body}
    if payload := body.get("payload"):
        left["payload"] |= {name: payload[name] for name in ("severity", "timestamp") if name in payload}
    return {**body, **left}


def _sent(alert: Alert) -> Sent:
    return Sent(alert.source, alert.dedup_key, stamp(alert.raised_at) if alert.raised_at else "")


def _forgetful(incident: Incident, words: Sequence[str], blank: Blank) -> Incident:
    """Knows by their digests what PagerDuty may repeat: the words, and notes of ours in which they stand."""
    awaited = [note for note in incident.expected_notes if blank(note, False) != note]
    kept = tuple(note for note in incident.expected_notes if note not in awaited)
    digests = map(digest, dict.fromkeys([*words, *awaited]))
    return replace(incident, expected_notes=kept, redacted=(*incident.redacted, *digests))


def _differs(told: Any, blank: Blank) -> bool:
    return bool(without(told, blank) != told)


def _may_hold(text: sa.Column[Any], words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether JSON holds the longest plain part of one of the words, so that few rows need be read."""
    parts = (max(re.findall(r"[A-Za-z0-9]+", word), key=len, default="") for word in words)
    return sa.or_(sa.false(), *(text.contains(part, autoescape=True) for part in parts))


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _kept(key: sa.Column[Any], text: sa.Column[Any]) -> Kept:
    rewrite = key.table.update().where(key == sa.bindparam("at_id")).values({text.name: sa.bindparam("text")})
    return Kept(sa.select(key, text), rewrite)


REWRITE_STATE = _kept(incidents.c.number, incidents.c.state).rewrite
JOBS = _kept(jobs.c.id, jobs.c.arguments)
ANSWERS = _kept(answers.c.request, answers.c.answer)
CHANGES = _kept(changes.c.id, changes.c.state)
APPROVALS = _kept(approvals.c.id, approvals.c.state)
DELIVERIES = _kept(inbox.c.id, inbox.c.body)
TAKE_AWAY = (
    contents.update()
    .where(contents.c.stream == sa.bindparam("at_stream"), contents.c.seq == sa.bindparam("at_seq"))
    .values(salt=None, text=None, details=None)
)
TEXTS = (
    sa.select(contents.c.seq, contents.c.text, contents.c.details)
    .join(timeline, sa.and_(timeline.c.stream == contents.c.stream, timeline.c.seq == contents.c.seq))
    .where(
        contents.c.stream == sa.bindparam("stream"), contents.c.text.is_not(None),
        timeline.c.kind != EntryRedacted.kind,
    )
)  # fmt: skip

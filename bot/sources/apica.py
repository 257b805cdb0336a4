"""Apica Synthetic Monitoring, whose requests its user writes, and Apica Ascent, which has a body of its own.

https://docs.apica.io/ (Synthetic Monitoring, Configuring alerts: custom webhook; Ascent, Alert destinations: webhook)
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.domain.errors import Misuse
from bot.domain.signal import Action, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.apica_body import known_guid, members_in
from bot.sources.reading import Json, inner, one_line, text
from bot.sources.words import SEVERITY_WORDS, address_option, own_options, severities, worded

CHECK_URL = "https://wpm.apicasystem.com/Check/Details/{check_id}"
LETTERS: Mapping[str, Severity] = {"f": "critical", "e": "error", "w": "warning", "i": "info"}
EVENTS: Mapping[str, Action] = {
    "trigger": "trigger", "triggered": "trigger", "open": "trigger", "problem": "trigger", "acknowledge": "acknowledge",
    "resolve": "resolve", "resolved": "resolve", "recovery": "resolve", "close": "resolve", "ok": "resolve",
}  # fmt: skip
STATES: Mapping[str, Action] = {"triggered": "trigger", "ok": "resolve", "unknown": "ignore"}
KNOWN = ("check_id", "check_guid", "alias", "check_name", "message", "description")
CHECK = re.compile(r"\balert for check '([^'\n]{1,200})'")
HOLE = re.compile(r"\{(\w+)\}")
FIELDS = {"check_id", "check_guid", "check_name", "result_guid"}
LONGEST_TEXT = 20_000  # characters
CLIENT = "Apica Synthetic Monitoring"


@dataclass(frozen=True)
class Apica:
    """One source of this kind. The pages are templates with the names in FIELDS."""

    check_url: str
    result_url: str
    words: Mapping[str, Severity]

    def signals(self, received: Received) -> Sequence[Signal]:
        if not received.body.strip():
            raise Unmapped("the body is empty: write what stands in docs/sources/apica.md into the request")
        told = members_in(received.body, received.headers)
        if told is None:
            return [free_text(received.body.decode("utf-8-sig", "replace"))]
        if isinstance(told.get("alert"), dict):
            return [self._ascent(told)]
        if text(told, *KNOWN) is None:
            raise Unmapped(f"none of {', '.join(KNOWN)} holds anything")
        return [self._check(told)]

    def _check(self, told: Json) -> Signal:
        name, check = _name(told), _key(told)
        action, links = self._action(told), self._links(told)
        return Signal(
            action=action, dedup_key=f"apica:{check}" if check else "", summary=_summary(told),
            severity=self._severity(told), source=name or check or "Apica", component=text(told, "location"),
            group=text(told, "groups"), class_=text(told, "check_type"), timestamp=_utc(text(told, "timestamp")),
            custom_details=told, client=CLIENT, client_url=links[0].href if links else None, links=links,
            idempotency_key=_request(told, check, action),
        )  # fmt: skip

    def _action(self, told: Json) -> Action:
        """Apica says by the trigger request, too, that all is well again."""
        said = EVENTS.get((text(told, "event") or "trigger").lower(), "trigger")
        new, old = self._worst(told, "severity", "severity_word"), self._worst(told, "old_severity")
        return "resolve" if said == "trigger" and new == "info" and old not in {None, "info"} else said

    def _worst(self, told: Json, *names: str) -> Severity | None:
        return next((found for name in names if (found := worded(text(told, name), self.words))), None)

    def _severity(self, told: Json) -> Severity | None:
        """The resolve request may have none: the alert keeps the last one."""
        found = self._worst(told, "severity", "severity_word")
        return found or (None if self._action(told) == "resolve" else "error")

    def _links(self, told: Json) -> tuple[Link, ...]:
        pages = ((_filled(self.check_url, told), "Apica check"), (_filled(self.result_url, told), "Apica result"))
        return tuple(Link(href, name) for href, name in pages if href)

    def _ascent(self, told: Json) -> Signal:
        alert = inner(told, "alert")
        key, state = text(alert, "id", "name"), (text(alert, "state") or "").lower()
        if key is None or state not in STATES:
            raise Unmapped(f"alert.id is missing, or alert.state is {state[:40]!r}, not one of {', '.join(STATES)}")
        name, action = text(alert, "name") or key, STATES[state]
        host = re.sub(r"^https?://", "", text(told, "url_base") or "").rstrip("/")
        page = f"https://{host}/alerts/{quote(key, safe='', errors='replace')}" if host else None
        return Signal(
            action=action, dedup_key="" if action == "ignore" else f"apica-ascent:{key}",
            summary=one_line(f"Apica: {name} is {state}"), severity=self._worst(alert, "severity") or "error",
            source=host or "Apica Ascent", component=name, class_=_kind(alert),
            timestamp=text(alert, "updated_at", "last_triggered_at"), custom_details=alert, client="Apica Ascent",
            client_url=page, links=(Link(page, "Apica alert"),) if page else (),
            reason="Ascent does not know how the alert stands" if action == "ignore" else "",
        )  # fmt: skip


def mapper(settings: SourceSettings) -> Mapper:
    options = own_options(settings, "check_url", "result_url")
    check, result = address_option(options, "check_url", CHECK_URL), address_option(options, "result_url", "")
    for name, url in (("check_url", check), ("result_url", result)):
        if unknown := set(HOLE.findall(url)) - FIELDS:
            raise Misuse(f"{name} has {{{min(unknown)}}}; there are {', '.join(sorted(FIELDS))}.")
    return Apica(check, result, severities(settings, {**SEVERITY_WORDS, **LETTERS})).signals


def free_text(said: str) -> Signal:
    """A body as Apica proposes it, or whatever else a person would understand."""
    check = _checked(said)
    return Signal(
        action="trigger", dedup_key=f"apica:{check}" if check else "", summary=one_line(said)[:1024] or "Apica",
        severity="error", source=check or "Apica", custom_details={"text": said[:LONGEST_TEXT]}, client=CLIENT,
    )  # fmt: skip


def _checked(said: str) -> str | None:
    """The name of the check in a sentence such as Apica proposes."""
    found = CHECK.search(said[:LONGEST_TEXT])
    return found[1].strip() or None if found else None


def _name(told: Json) -> str | None:
    return text(told, "check_name") or _checked(text(told, "message") or "")


def _key(told: Json) -> str | None:
    return text(told, "check_id", "alias", "check_guid") or _name(told)


def _summary(told: Json) -> str:
    name, said = text(told, "check_name", "check_id"), text(told, "message", "description")
    if name is None:
        return one_line(said or text(told, *KNOWN) or "Apica")
    severity = text(told, "severity_word", "severity")
    head = f"Apica {severity}: {name}" if severity else f"Apica: {name}"
    return one_line(f"{head} - {said}" if said else head)


def _request(told: Json, key: str | None, action: Action) -> str | None:
    """One result of one check, or one moment; a body that names neither is another each time it comes."""
    which = known_guid(text(told, "result_guid")) or text(told, "timestamp")
    return f"{key}|{action}|{which}".encode("utf-8", "replace").decode() if key and which else None


def _utc(said: str | None) -> str | None:
    try:
        return f"{said}Z" if said and datetime.fromisoformat(said).tzinfo is None else said
    except ValueError:
        return said


def _filled(template: str, told: Json) -> str | None:
    """None: there is no template, or nothing to put into it."""
    values = {**told, "check_id": text(told, "check_id", "alias")}
    if not template or not all(text(values, name) for name in HOLE.findall(template)):
        return None
    return HOLE.sub(lambda match: quote(text(values, match[1]) or "", safe="", errors="replace"), template)


def _kind(alert: Json) -> str | None:
    options = alert.get("options")
    first = options[0] if isinstance(options, list) and options else options
    return text(first, "alertType") if isinstance(first, dict) else None


TRIGGER: Mapping[str, str] = {
    "event": "trigger", "check_id": "%CHECK_ID%", "check_guid": "%CHECK_GUID%", "check_name": "%CHECK_NAME%",
    "check_type": "%CHECK_TYPE%", "description": "%CHECK_DESCRIPTION%", "severity": "%NEW_SEV_CHAR%",
    "severity_word": "%NEW_SEV_WORD%", "old_severity": "%OLD_SEV_CHAR%", "message": "%QM%", "location": "%LOCATION%",
    "groups": "%GROUPS%", "tags": "%CHECK_TAGS%", "timestamp": "%UTC-T%", "result_guid": "%RESULT_G-U-I-D%",
    "symbol": "%E%",
}  # fmt: skip
"""The body to paste; what Apica cannot fill in is left out by us."""
RESOLVE: Mapping[str, str] = {**TRIGGER, "event": "resolve"}


def setup(setup: Setup) -> str:
    return f"""\
In muster.yaml:

sources:
  {setup.name}:
    adapter: apica
    verify: {{basic: "${{APICA_LOGIN}}"}}
    route: {{service: "the PagerDuty service's name or id"}}

In Apica: Manage, Alerts, Targets, New webhook target; for both requests
  URL             {setup.url}/in/{setup.name}
  Method          POST
  Content type    JSON
  Authentication  Basic, user apica, password {setup.secret}   (APICA_LOGIN is apica:{setup.secret})
or OAuth2 with the token address {setup.url}/in/{setup.name}/token.

The trigger request, for the severities Fatal, Error and Warning:
{json.dumps(TRIGGER, indent=2)}

The resolve request:
{json.dumps(RESOLVE, indent=2)}
"""


def _sample(name: str, **changed: Any) -> Sample:
    filled = {
        **TRIGGER, "check_id": "4711", "check_name": "Sign in", "severity": "F", "severity_word": "Fatal",
        "old_severity": "I", "message": "The page answers 503", "location": "Oslo", "timestamp": "2026-03-02T09:00:00",
        "result_guid": "5b6f1d0e-0001-4000-8000-000000000001",
    }  # fmt: skip
    return Sample(name, json.dumps({**filled, **changed}).encode(), {"content-type": "application/json"})


ASCENT = {
    "event": "alert_state_change", "url_base": "ascent.example.com",
    "alert": {"id": 12, "name": "Errors in the log", "state": "triggered", "severity": "high"},
}  # fmt: skip
ADAPTER = Adapter(
    name="apica", title="Apica", mapper=mapper, setup=setup, proof="basic",
    samples=(
        _sample("a check fails"),
        _sample("it is well again", severity="I", severity_word="Info", old_severity="F", event="resolve"),
        Sample("Ascent", json.dumps(ASCENT).encode(), {"content-type": "application/json"}),
    ),
)  # fmt: skip

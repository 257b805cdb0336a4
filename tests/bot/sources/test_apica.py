"""Apica: what its checks become, however badly the body came out."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link
from bot.sources import ADAPTERS, Setup, Unmapped
from bot.sources.apica import RESOLVE, TRIGGER
from tests.bot.sources.said import FIXTURES, fixture, settings, signal

FILLED = {
    "%CHECK_ID%": "4711", "%CHECK_GUID%": "8A740A98-10F6-491D-B966-000000000001", "%CHECK_NAME%": "Sign in",
    "%CHECK_TYPE%": "Scenario", "%NEW_SEV_CHAR%": "F", "%NEW_SEV_WORD%": "Fatal", "%OLD_SEV_CHAR%": "I",
    "%QM%": "The page answers 503", "%LOCATION%": "Oslo", "%GROUPS%": "Web/Accounts", "%CHECK_TAGS%": "team: web",
    "%UTC-T%": "2026-03-02T09:00:00", "%RESULT_G-U-I-D%": "5b6f1d0e-0001-4000-8000-000000000001", "%E%": "E1",
}  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASCENT = fixture("apica-ascent.json")


def filled(template: Any = TRIGGER, **changed: str) -> str:
    """As Apica fills in a body: it replaces text and knows nothing of JSON."""
    body = json.dumps(dict(template), indent=2)
    for name, value in FILLED.items():
        body = body.replace(name, changed.get(name.strip("%"), value))
    return body


def apica(body: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return signal("apica", body, headers, **more)


def test_the_text_to_paste_becomes_an_alert() -> None:
    told = apica(filled())
    assert (told.action, told.dedup_key, told.severity) == ("trigger", "apica:4711", "critical")
    assert told.summary == "Apica Fatal: Sign in - The page answers 503"
    assert (told.source, told.component, told.group, told.class_) == ("Sign in", "Oslo", "Web/Accounts", "Scenario")
    assert told.timestamp == "2026-03-02T09:00:00Z"
    assert told.links == (Link("https://wpm.apicasystem.com/Check/Details/4711", "Apica check"),)
    assert told.custom_details["tags"] == "team: web"


def test_what_apica_did_not_fill_in_is_left_out() -> None:
    told = apica(filled(), {"Content-Type": "application/json"})
    assert "description" not in told.custom_details
    assert apica(filled().replace("Oslo", "%LOCATION%")).component is None


def test_the_text_to_paste_is_what_setting_up_prints() -> None:
    said = ADAPTERS["apica"].setup(Setup("apica", "https://muster.example.com"))
    assert json.dumps(TRIGGER, indent=2) in said
    assert json.dumps(RESOLVE, indent=2) in said
    assert "https://muster.example.com/in/apica" in said


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("F", "critical"), ("E", "error"), ("W", "warning"), ("I", "info"), ("f", "critical"), ("w", "warning"),
        ("Fatal", "critical"), ("ERROR", "error"), ("warning", "warning"), ("Info", "info"), ("strange", "error"),
    ],
)  # fmt: skip
def test_letters_and_words_of_any_case_say_how_bad_it_is(word: str, severity: str) -> None:
    assert apica({"event": "trigger", "check_id": 1, "severity": word}).severity == severity
    assert apica({"event": "trigger", "check_id": 1, "severity_word": word}).severity == severity


def test_the_operator_may_say_otherwise() -> None:
    assert apica({"check_id": 1, "severity": "W"}, severity={"W": "critical"}).severity == "critical"


def test_the_resolve_request_resolves_the_same_key_and_may_lack_a_severity() -> None:
    told = apica({"event": "resolve", "check_id": "4711"})
    assert (told.action, told.dedup_key, told.severity) == ("resolve", "apica:4711", None)
    assert apica(filled(RESOLVE)).action == "resolve"


@pytest.mark.parametrize(
    ("new", "old", "action"),
    [("I", "F", "resolve"), ("Info", "Warning", "resolve"), ("I", "I", "trigger"), ("E", "F", "trigger"),
     ("I", "%OLD_SEV_CHAR%", "trigger")],
)  # fmt: skip
def test_the_trigger_request_tells_recovery_too(new: str, old: str, action: str) -> None:
    body = filled(NEW_SEV_CHAR=new, NEW_SEV_WORD=new, OLD_SEV_CHAR=old)
    assert apica(body).action == action


def test_a_form_is_read() -> None:
    told = apica(urlencode({"event": "trigger", "check_id": 4711, "severity": "W", "check_name": "Sign in"}), FORM)
    assert (told.dedup_key, told.severity, told.source) == ("apica:4711", "warning", "Sign in")
    assert apica("event=resolve&check_id=4711").action == "resolve"
    assert apica(filled(), FORM).dedup_key == "apica:4711"


def test_line_breaks_and_stray_backslashes_are_read() -> None:
    told = apica((FIXTURES / "apica-stray-backslash.txt").read_bytes())
    assert told.summary == "Apica E: Sign in - File C:\\inetpub\\users was not found and the page answers 500"
    assert told.component == "Oslo"


def test_quotation_marks_within_a_value_are_read() -> None:
    told = apica((FIXTURES / "apica-broken-quotes.txt").read_bytes())
    assert (told.dedup_key, told.severity, told.group) == ("apica:4711", "critical", None)
    assert told.custom_details["message"] == 'Expected the text "Welcome", found "Sorry" instead'


def test_text_for_people_is_an_alert_all_the_same() -> None:
    told = apica("Fatal alert for check 'Sign in' at 09:00:\nThe page answers 503")
    assert (told.action, told.severity, told.source) == ("trigger", "error", "Sign in")
    assert told.summary == "Fatal alert for check 'Sign in' at 09:00: The page answers 503"
    assert told.dedup_key == apica("Error alert for check 'Sign in' at 09:05: slow").dedup_key == "apica:Sign in"
    assert apica({"message": "Fatal alert for check 'Sign in' at 09:00: slow"}).dedup_key == "apica:Sign in"
    assert apica("Something is wrong").dedup_key == ""


def test_links_are_the_operators() -> None:
    asm = "https://asm.example.com"
    options = {"check_url": f"{asm}/c/{{check_guid}}", "result_url": f"{asm}/r/{{result_guid}}"}
    links = apica(filled(), options=options).links
    assert links == (
        Link(f"https://asm.example.com/c/{FILLED['%CHECK_GUID%']}", "Apica check"),
        Link(f"https://asm.example.com/r/{FILLED['%RESULT_G-U-I-D%']}", "Apica result"),
    )
    assert apica(filled(), options={"check_url": ""}).links == ()
    assert apica({"check_id": "a/b c"}).links[0].href == "https://wpm.apicasystem.com/Check/Details/a%2Fb%20c"


@pytest.mark.parametrize(
    "options", [{"check": "x"}, {"check_url": "asm"}, {"check_url": "https://x/{id}"}, {"result_url": 1}]
)
def test_a_setting_that_makes_no_sense_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match=next(iter(options))):
        ADAPTERS["apica"].mapper(settings("apica", options=options))


def test_one_result_of_a_check_has_one_name_and_a_body_without_one_has_none() -> None:
    first = apica(filled()).idempotency_key
    assert first == apica(filled(QM="said otherwise")).idempotency_key
    assert first != apica(filled(**{"RESULT_G-U-I-D": "5b6f1d0e-0001-4000-8000-000000000002"})).idempotency_key
    assert first != apica(filled(RESOLVE)).idempotency_key
    nil = "00000000-0000-0000-0000-000000000000"
    assert apica(filled(**{"RESULT_G-U-I-D": nil})).idempotency_key == "4711|trigger|2026-03-02T09:00:00"
    assert apica({"event": "trigger", "check_id": 1}).idempotency_key is None


@pytest.mark.parametrize(("state", "action"), [("triggered", "trigger"), ("ok", "resolve"), ("unknown", "ignore")])
def test_ascent_has_a_body_of_its_own(state: str, action: str) -> None:
    told = apica({**ASCENT, "alert": {**ASCENT["alert"], "state": state}})
    assert told.action == action
    assert told.dedup_key == ("" if action == "ignore" else "apica-ascent:12")
    assert (told.summary, told.severity) == (f"Apica: Errors in the log is {state}", "critical")
    assert (told.source, told.component, told.class_) == ("ascent.example.com", "Errors in the log", "simple alert")
    assert (told.client, told.client_url) == ("Apica Ascent", "https://ascent.example.com/alerts/12")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"), ("{}", "check_id"), ({"check_id": "%CHECK_ID%"}, "check_id"),
        ({"alert": {"id": 1}}, "alert.state"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_is_missing(body: Any, said: str) -> None:
    with pytest.raises(Unmapped, match=said):
        apica(body)

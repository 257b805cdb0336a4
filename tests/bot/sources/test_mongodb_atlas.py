"""MongoDB Atlas: what its alerts become."""

import base64
import hmac
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link
from bot.domain.source import Hmac, Verification
from bot.sources import ADAPTERS, Request, Unmapped
from bot.sources.verify import is_genuine
from tests.bot.sources.said import FIXTURES, NOW, fixture, received, settings, signal

METRIC = (FIXTURES / "mongodb-atlas-metric.txt").read_bytes()
USERS, CARD = fixture("mongodb-atlas-users.json"), fixture("mongodb-atlas-credit-card.json")
SIGNED = Verification(hmac=Hmac("X-MMS-Signature", ("hush",), algorithm="sha1", encoding="base64"))


def atlas(body: Any = USERS, event: str = "", **more: Any) -> Any:
    return signal("mongodb-atlas", body, {"X-MMS-Event": event} if event else {}, **more)


def test_an_alert_with_a_line_break_within_a_text_is_read() -> None:
    told = atlas(METRIC, "alert.open")
    assert (told.action, told.dedup_key) == ("trigger", "mongodb-atlas:65c0ffee0000000000000001")
    assert told.summary == (
        "Atlas: outside metric threshold: DISK_PARTITION_SPACE_USED_DATA = 91.235 RAW on orders"
    )
    assert (told.source, told.group, told.component, told.class_) == (
        "orders-00-01.example.net:27017", "orders", "DISK_PARTITION_SPACE_USED_DATA", "OUTSIDE_METRIC_THRESHOLD",
    )  # fmt: skip
    assert told.timestamp == "2026-03-02T09:05:00Z"
    assert told.custom_details["humanReadable"].endswith("Project: Shop Organization: Example")
    page = "https://cloud.mongodb.com/v2/65c0ffee00000000000000aa#/alerts"
    assert (told.client_url, told.links) == (page, (Link(page, "Atlas project alerts"),))


def test_alerts_about_no_cluster_and_of_no_project_are_read() -> None:
    users, card = atlas(USERS), atlas(CARD)
    assert users.summary == "Atlas: users without multi factor auth on 65c0ffee00000000000000aa"
    assert (users.source, users.group, users.timestamp) == ("65c0ffee00000000000000aa", None, USERS["created"])
    assert (card.source, card.client_url) == ("65c0ffee0000000000000bbb", "https://cloud.mongodb.com")


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("alert.open", "trigger"), ("alert.opened", "trigger"), ("alert.update", "trigger"), ("alert.close", "resolve"),
        ("alert.closed", "resolve"), ("alert.cancel", "resolve"), ("alert.acknowledge", "acknowledge"),
        ("alert.inform", "change"), ("ALERT.CLOSE", "resolve"),
    ],
)  # fmt: skip
def test_the_header_says_what_happened_whatever_the_status(event: str, action: str) -> None:
    assert {atlas({**USERS, "status": status}, event).action for status in ("OPEN", "CLOSED")} == {action}


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"status": "OPEN"}, "trigger"),
        ({"status": "OPEN", "acknowledgedUntil": "2126-01-01T00:00:00Z"}, "acknowledge"),
        ({"status": "OPEN", "acknowledgedUntil": "2020-01-01T00:00:00Z"}, "trigger"),
        ({"status": "OPEN", "acknowledgedUntil": "soon"}, "trigger"),
        ({"status": "TRACKING"}, "ignore"), ({"status": "CLOSED"}, "resolve"), ({"status": "CANCELLED"}, "resolve"),
        ({"status": "INFORMATIONAL"}, "change"),
    ],
)  # fmt: skip
def test_without_a_header_the_status_says_it(changed: dict[str, str], action: str) -> None:
    assert atlas({**USERS, **changed}).action == atlas({**USERS, **changed}, "alert.unheard-of").action == action


def test_what_can_never_close_is_a_change_with_no_key() -> None:
    told = atlas(USERS, "alert.inform")
    assert (told.action, told.dedup_key) == ("change", "")


@pytest.mark.parametrize(
    ("changed", "severity"),
    [
        ({"severity": "ERROR", "humanReadable": "Severity: Info"}, "error"),
        ({"humanReadable": "Full.\nSeverity: Critical\n", "alertConfigId": "c1"}, "critical"),
        ({"alertConfigId": "c1", "eventTypeName": "HOST_DOWN"}, "info"),
        ({"eventTypeName": "USERS_WITHOUT_MULTI_FACTOR_AUTH"}, "error"),
        ({"eventTypeName": "HOST_DOWN"}, "critical"), ({"eventTypeName": "NO_PRIMARY"}, "critical"),
        ({"eventTypeName": "CLUSTER_MONGOS_IS_MISSING"}, "critical"), ({"eventTypeName": "OTHER"}, "warning"),
        ({"severity": "rather bad"}, "error"),
    ],
)  # fmt: skip
def test_how_bad_it_is_is_taken_from_the_nearest_that_says_so(changed: dict[str, str], severity: str) -> None:
    rules: dict[str, Any] = {
        "severity": {"USERS_WITHOUT_MULTI_FACTOR_AUTH": "error"}, "options": {"alert_configs": {"c1": "info"}},
    }  # fmt: skip
    assert atlas({**USERS, **changed}, **rules).severity == severity


def test_an_ops_manager_of_ones_own_is_linked_to() -> None:
    told = atlas(USERS, options={"ui_url": "https://ops.example.com/"})
    assert told.client_url == "https://ops.example.com/v2/65c0ffee00000000000000aa#/alerts"


def test_a_page_that_the_alert_names_is_linked_to_and_its_api_is_not() -> None:
    links = [{"rel": "self", "href": "https://cloud.mongodb.com/api/atlas/v2/groups/a/alerts/b"}]
    assert atlas({**USERS, "links": links}).links[0].text == "Atlas project alerts"
    page = {"rel": "page", "href": "https://cloud.mongodb.com/v2/a#/alerts/b"}
    assert atlas({**USERS, "links": [*links, page]}).links == (Link(page["href"], "Atlas alert"),)


def test_one_moment_of_one_alert_has_one_name() -> None:
    key = ADAPTERS["mongodb-atlas"].key
    first = key(received(METRIC, {"X-MMS-Event": "alert.open"}))
    assert first == key(received(METRIC.replace(b"filling up", b"full"), {"X-MMS-Event": "alert.open"}))
    assert first == atlas(METRIC, "alert.open").idempotency_key
    others = [
        key(received(METRIC, {"X-MMS-Event": "alert.update"})),
        key(received(METRIC.replace(b"09:05", b"09:06"), {"X-MMS-Event": "alert.open"})),
        key(received(METRIC.replace(b'"OPEN"', b'"CLOSED"'), {"X-MMS-Event": "alert.open"})),
        key(received(METRIC.replace(b"0001", b"0009"), {"X-MMS-Event": "alert.open"})),
    ]
    assert len({first, *others}) == 5


@pytest.mark.parametrize(
    ("body", "member"), [({**USERS, "id": None}, "id"), ({**USERS, "status": "ODD"}, "status"), ([], "not an object")]
)
def test_what_cannot_be_read_says_where(body: Any, member: str) -> None:
    with pytest.raises(Unmapped, match=member):
        atlas(body)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"ui": "x"}, "'ui'"), ({"ui_url": "ops.example.com"}, "ui_url"), ({"alert_configs": {"c": "bad"}}, "alert_conf")],
)
def test_a_setting_that_makes_no_sense_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse, match=said):
        ADAPTERS["mongodb-atlas"].mapper(settings("mongodb-atlas", options=options))


def test_the_signature_is_over_the_bytes_as_they_came() -> None:
    good = base64.b64encode(hmac.digest(b"hush", METRIC, "sha1")).decode()
    request = Request(METRIC, {"x-mms-signature": good}, "", "", NOW)
    assert is_genuine(request, SIGNED)
    wrong: list[dict[str, str]] = [
        {}, {"x-mms-signature": ""}, {"x-mms-signature": "é"},
        {"x-mms-signature": hmac.digest(b"hush", METRIC, "sha1").hex()},
        {"x-mms-signature": base64.b64encode(hmac.digest(b"other", METRIC, "sha1")).decode()},
    ]  # fmt: skip
    assert not any(is_genuine(replace(request, headers=headers), SIGNED) for headers in wrong)
    assert not is_genuine(replace(request, body=METRIC.replace(b"91", b"92")), SIGNED)


def test_after_somebody_resolved_it_in_pagerduty_its_updates_are_silent() -> None:
    assert ADAPTERS["mongodb-atlas"].on_update_after_resolve == "ignore"

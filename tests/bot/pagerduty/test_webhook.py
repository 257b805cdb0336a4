"""Whose delivery it is, and under which key it is kept."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pagerduty.webhook import delivery_key, is_genuine, subject_of
from tests.bot.pagerduty.payloads import NAMES, payload

BODY = payload("incident.triggered")
SECRETS = ["old tide", "nøw tide"]


def signed(body: bytes, secret: str) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_delivery_signed_with_any_secret_is_genuine(secret: str) -> None:
    assert is_genuine(BODY, signed(BODY, secret), SECRETS)
    assert is_genuine(BODY, signed(BODY, secret).encode(), SECRETS)


def test_one_right_signature_among_others_is_enough() -> None:
    header = f"v0=aa, v1={'0' * 64},\t{signed(BODY, SECRETS[0])} ,v1="
    assert is_genuine(BODY, header, SECRETS)


def test_a_known_digest_is_recognised() -> None:
    """RFC 4231, test case 2, so that the code is not only compared with itself."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert is_genuine(b"what do ya want for nothing?", f"v1={digest.upper()}", ["Jefe"])


@pytest.mark.parametrize(
    "header",
    ["", "v1=", "v1", ",", "v1=zz", "v1=é", b"\xff\xfe", "v1=" + "0" * 64, "\udcff", signed(BODY, "another")],
)
def test_a_forged_or_broken_signature_is_not_genuine(header: str | bytes) -> None:
    assert not is_genuine(BODY, header, SECRETS)


def test_a_right_signature_without_its_version_is_not_genuine() -> None:
    assert not is_genuine(BODY, signed(BODY, SECRETS[0]).removeprefix("v1="), SECRETS)


def test_a_changed_body_is_not_genuine() -> None:
    assert not is_genuine(BODY + b" ", signed(BODY, SECRETS[0]), SECRETS)


def test_an_empty_secret_signs_nothing() -> None:
    assert not is_genuine(BODY, signed(BODY, ""), [""])
    assert not is_genuine(BODY, signed(BODY, ""), [])


def test_only_the_first_sixty_four_signatures_are_looked_at() -> None:
    right, wrong = signed(BODY, SECRETS[0]), "v1=" + "0" * 64
    assert is_genuine(BODY, ",".join([wrong] * 63 + [right]), SECRETS)
    assert not is_genuine(BODY, ",".join([wrong] * 64 + [right]), SECRETS)


@given(body=st.binary(), header=st.binary() | st.text(), secrets=st.lists(st.text(st.characters(codec="utf-8"))))
def test_no_header_makes_the_guard_stumble(body: bytes, header: bytes | str, secrets: list[str]) -> None:
    assert not is_genuine(body, header, secrets)


@pytest.mark.parametrize("name", NAMES)
def test_a_delivery_is_kept_under_the_id_pagerduty_signed(name: str) -> None:
    assert delivery_key(payload(name)) == json.loads(payload(name))["event"]["id"]


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_about_an_incident_names_it(name: str) -> None:
    expected = "Q0HL77KIOSK1" if name.startswith("incident.") else None
    assert subject_of(payload(name)) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event":{"id":7}}', b'{"event":{"id":"a\\u0000b"}}', b"\xff"])
def test_a_delivery_without_a_usable_id_is_kept_under_its_own_hash(body: bytes) -> None:
    assert delivery_key(body) == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert subject_of(body) is None


@given(st.binary())
def test_no_bytes_make_the_keys_stumble(body: bytes) -> None:
    assert delivery_key(body)
    assert subject_of(body) is None


def test_a_subject_that_no_database_could_keep_is_none() -> None:
    assert subject_of(b'{"event":{"data":{"incident":{"id":"\\ud800"}}}}') is None
    assert subject_of(b'{"event":{"data":{"incident_role_assignments":[7]}}}') is None

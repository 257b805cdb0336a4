"""Access tokens: who may have one, and what it is worth."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.source import OAuth2
from bot.proof.keys import Keys, new_key
from bot.proof.vault import Vault
from bot.receiving.granting import Asked, Wrong, asked, known
from bot.receiving.tokens import LASTS, is_ours, token
from bot.settings.sources import VerifyChoice

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OLD_KEY, NEW_KEY = new_key(), new_key()
HERE, THERE = Vault(Keys.read(NEW_KEY)), Vault(Keys.read(NEW_KEY))
CLIENT = OAuth2("apica", ("s3cret", "older"))
GRANT = {"grant_type": "client_credentials"}


def given_out(vault: Vault = HERE) -> str:
    return token(vault, "apica", CLIENT, "s3cret", NOW)


def test_a_token_is_known_again_on_every_replica_until_it_is_over() -> None:
    told = given_out()
    assert is_ours(THERE, told, "apica", CLIENT, NOW)
    assert is_ours(THERE, told, "apica", CLIENT, NOW + LASTS - timedelta(seconds=1))
    assert not is_ours(THERE, told, "apica", CLIENT, NOW + LASTS)


def test_a_token_is_worth_nothing_elsewhere_or_once_its_client_is_another() -> None:
    told = given_out()
    assert not is_ours(HERE, told, "other", CLIENT, NOW)
    assert not is_ours(HERE, told, "apica", replace(CLIENT, client_id="other"), NOW)
    assert not is_ours(HERE, told, "apica", replace(CLIENT, secrets=("rotated",)), NOW)
    assert is_ours(HERE, told, "apica", replace(CLIENT, secrets=("rotated", "s3cret")), NOW)
    assert not is_ours(Vault(Keys.read(OLD_KEY)), told, "apica", CLIENT, NOW)


def test_a_token_outlives_the_handing_over_of_the_signing_key() -> None:
    told = given_out(Vault(Keys.read(OLD_KEY)))
    assert is_ours(Vault(Keys.read(f"{NEW_KEY},{OLD_KEY}")), told, "apica", CLIENT, NOW)


def test_a_token_that_was_made_to_last_longer_is_none() -> None:
    until, _, mark = given_out().partition(".")
    assert not is_ours(HERE, f"{int(until) + 1}.{mark}", "apica", CLIENT, NOW)


@given(st.text() | st.from_regex(r"\d{1,15}\.[\w-]*"))
def test_whatever_is_told_is_no_token(told: str) -> None:
    assert not is_ours(HERE, told, "apica", CLIENT, NOW)


def test_the_client_proves_itself_in_the_body_or_in_the_header() -> None:
    in_body = asked(urlencode({**GRANT, "client_id": "apica", "client_secret": "s3cret"}).encode(), {})
    assert known(in_body, CLIENT) == "s3cret"
    basic = {"authorization": "Basic " + b64encode(b"apica:older").decode()}
    assert known(asked(urlencode({**GRANT, "client_id": "apica", "scope": "x"}).encode(), basic), CLIENT) == "older"


def test_a_login_in_the_header_may_be_encoded_as_a_form_is_or_not() -> None:
    odd = OAuth2("a client", ("100%:+/",))
    for login in (b"a client:100%:+/", b"a+client:100%25%3A%2B%2F"):
        told = asked(urlencode(GRANT).encode(), {"authorization": "Basic " + b64encode(login).decode()})
        assert known(told, odd) == "100%:+/"


@pytest.mark.parametrize("login", [("apica", "wrong"), ("other", "s3cret"), ("", ""), ("apica", ""), ("é", "\ud800")])
def test_anybody_else_is_not_the_client(login: tuple[str, str]) -> None:
    assert known(Asked((login,), None), CLIENT) is None


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (b"", {}, "invalid_request"), (b"\xff\xfe", {}, "invalid_request"), (b"&" * 100, {}, "invalid_request"),
        (b'{"grant_type": "client_credentials"}', {}, "invalid_request"),
        (b"grant_type=password", {}, "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=password", {}, "invalid_request"),
        (b"grant_type=client_credentials&client_secret=x", {"authorization": "Basic eDp5"}, "invalid_request"),
    ],
)  # fmt: skip
def test_what_is_no_request_for_a_token_is_told_so_in_oauths_words(
    body: bytes, headers: dict[str, str], error: str
) -> None:
    with pytest.raises(Wrong) as wrong:
        asked(body, headers)
    assert wrong.value.error == error


def test_the_client_stands_under_verify_beside_nothing_that_needs_the_same_header() -> None:
    told = {"oauth2": {"client_id": "apica", "client_secret": "new, old"}}
    assert VerifyChoice.model_validate(told).verification().oauth2 == OAuth2("apica", ("new", "old"))
    for other in ("bearer", "basic"):
        with pytest.raises(ValidationError, match="one header"):
            VerifyChoice.model_validate({**told, other: "x:y"})

"""Keys and the anchor file, as an operator meets them."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config
from bot.domain.anchors import Anchors
from bot.domain.checkpoint import Leaf, Signed, drafted
from bot.domain.errors import Misuse, Refused
from bot.domain.secret import secret_in
from bot.proof import file
from bot.proof.keys import Keys, new_key, rotated
from bot.settings.choices import AnchorChoices, Choices

KEYS = Keys.read(new_key())


def series(length: int) -> list[Signed]:
    made: list[Signed] = []
    for size in range(1, length + 1):
        leaf = Leaf("INC-1", size, f"{size:064x}")
        draft = drafted(made[-1] if made else None, {"INC-1": leaf}, [leaf], at="2026-03-01T12:00:00.000000Z",
                        key=KEYS.current)  # fmt: skip
        made.append(Signed(draft, KEYS.sign(draft), (leaf,)))
    return made


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    assert Keys.at(path).current == Keys.at(path).current
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_rotated_file_signs_with_the_new_key_and_still_has_the_old(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    old = Keys.at(path).current
    new = rotated(path)
    assert new.current != old
    assert old in Keys.at(path).private
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", " , ", "not base64!", base64.b64encode(b"short").decode()])
def test_what_is_no_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(Misuse, match="openssl rand") as misuse:
        Keys.read(text)
    assert len(text) < 3 or text not in str(misuse.value)


def test_a_checkpoint_of_another_key_is_not_signed() -> None:
    with pytest.raises(Refused, match="the same MUSTER_SIGNING_KEY"):
        Keys.read(new_key()).sign(series(1)[0].checkpoint)


def test_keys_do_not_show_themselves() -> None:
    secret = new_key()
    assert secret not in repr(Keys.read(secret))


@given(cut=st.integers(0, 400))
def test_a_torn_line_is_written_again_and_leaves_no_gap(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path, made = tmp_path_factory.mktemp("anchor") / "checkpoints", series(3)
    file.append(path, made[:2])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut])
    last, torn = file.last(path)
    file.append(path, made[last.number if last else 0 :], torn=torn)
    assert file.lines(path) == [one.line() for one in made]


def test_a_foreign_last_line_stops_the_anchoring(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints"
    path.write_text("somebody wrote this\n")
    with pytest.raises(Refused, match="muster verify"):
        file.last(path)


def test_anchors_lie_beside_the_database_unless_told(tmp_path: Path) -> None:
    database, plain = tmp_path / "muster.db", Config.read({})
    assert plain.anchors(database) == Anchors(tmp_path / "muster.db.checkpoints")
    assert plain.anchors(Path("muster")) == Anchors(Path("muster.checkpoints"))
    none = plain.model_copy(update={"choices": Choices(anchors=AnchorChoices(file=False, slack=False))})
    assert none.anchors(database).chosen == ()


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        ("xoxb-123456789012-abcdefGHIJKL", "a Slack token"),
        ("key AKIAIOSFODNN7EXAMPLE, please", "an AWS key"),
        ("R0123456789ABCDEF0123456789ABCDE", "a PagerDuty key"),
        ("u+AbCdEfGhIjKlMnOpQr", "a PagerDuty key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("DB_PASSWORD=Tr0ub4dor-3x9Q", "a password"),
        ("token: 'f3b1c9d27a6e4058'", "a password"),
        ("password=<your password>", None),
        ("the password was wrong", None),
        ("secret: production", None),
        ("restarted pods in eu-west-1, see https://runbooks.example.com/checkout", None),
    ],
)
def test_what_looks_like_a_secret_is_recognised(text: str, looks_like: str | None) -> None:
    assert secret_in(text) == looks_like


@given(st.text(max_size=5000))
def test_no_text_takes_long_to_look_through(text: str) -> None:
    secret_in(text)

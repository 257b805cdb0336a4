"""Whatever an operator gets wrong is told in one sentence, on one line, and never as a traceback."""

import errno
import json
import os
import re
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner, Result

from bot.__main__ import main, whoever
from bot.console.shell import run
from bot.domain.errors import Misuse
from bot.proof.keys import Keys, new_key, rotated
from tests.databases import migrated

pytestmark = pytest.mark.usefixtures("logging_stays")
LONG = "9" * 20
POSTGRES = "postgresql://muster:hush@127.0.0.1"
FILES: Mapping[str, bytes] = {
    "binary": bytes(range(256)) * 20,
    "numbers.json": json.dumps({"incident": {"name": "INC-1"}, "entries": [1, 2]}).encode(),
    "keys.json": b'{"incident": {"name": "INC-1"}, "entries": [{"key": {}, "kind": "entry.redacted"}]}',
    "list.json": b"[]",
    "deep.yaml": b"[" * 5000,
    "wide.yaml": b'default: {name: "{number}-{number:99999999999}"}',
    "nested.yaml": b'default: {name: "{number}-{slug:{number}}"}',
}
# what is typed, what is in the environment, and a part of what is said
MISTAKES: Mapping[str, tuple[str, dict[str, str], str]] = {
    "an incident beyond all numbers": (f"timeline {LONG}", {}, "There is no incident"),
    "the same, to verify": (f"verify {LONG}", {}, "There is no incident"),
    "an entry beyond all numbers": (f"redact INC-1 {LONG}", {}, "ENTRY"),
    "a host of another machine": ("serve --port 0 --host 192.0.2.1", {}, "choose another"),
    "a host that is none": ("serve --port 0 --host nonsense.invalid", {}, "choose another"),
    "a simulator elsewhere": ("simulator --port 0 --host 192.0.2.1", {}, "choose another"),
    "a port that is none": ("serve --port 99999", {}, "--port"),
    "a demo's port that is none": ("demo --port 99999", {}, "--port"),
    "a simulator's port that is none": ("simulator --port -1", {}, "--port"),
    "no database to verify": ("verify", {"DATABASE_URL": "sqlite:///binary"}, "restore a backup"),
    "no database to migrate": ("migrate", {"DATABASE_URL": "sqlite:///binary"}, "restore a backup"),
    "no database to back up": ("backup b", {"DATABASE_URL": "sqlite:///binary"}, "restore a backup"),
    "no database to serve": ("serve --port 0", {"DATABASE_URL": "sqlite:///binary"}, "restore a backup"),
    "a port of words": ("verify", {"DATABASE_URL": "postgresql://muster:hush@h:port/d"}, "looks like"),
    "an unknown option": ("migrate", {"DATABASE_URL": f"{POSTGRES}/d?foo=bar"}, "option"),
    "an option's odd value": ("verify", {"DATABASE_URL": f"{POSTGRES}/d?connect_timeout=x"}, "option"),
    "no Postgres there": ("verify", {"DATABASE_URL": f"{POSTGRES}:9/d"}, "refused"),
    "an export that is binary": ("verify --export binary", {}, "timeline --format json"),
    "an export of numbers": ("verify --export numbers.json", {}, "timeline --format json"),
    "an export with odd keys": ("verify --export keys.json", {}, "timeline --format json"),
    "an export of nothing": ("verify --export list.json", {}, "timeline --format json"),
    "nothing to rotate": ("key --rotate", {}, "`muster key` makes the first"),
    "no public address": ("verify", {"MUSTER_PUBLIC_URL": "http://[::"}, "MUSTER_PUBLIC_URL"),
    "no address of Slack": ("verify", {"SLACK_API_URL": "http://slack:x"}, "SLACK_API_URL"),
    "a manifest for nowhere": ("manifest", {}, "MUSTER_PUBLIC_URL"),
    "a manifest without TLS": ("manifest --url http://muster.example.com", {}, "--url"),
    "a manifest for a word": ("manifest --url muster", {}, "--url"),
    "a manifest for a query": ("manifest --url https://muster.example.com?x=1", {}, "--url"),
    "a manifest for this machine": ("manifest", {"MUSTER_PUBLIC_URL": "http://127.0.0.1:3000"}, "MUSTER_PUBLIC_URL"),
    "a manifest both ways": ("manifest --socket --url https://muster.example.com", {}, "--socket"),
    "YAML nested deeply": ("verify", {"MUSTER_CONFIG": "deep.yaml"}, "too deep"),
    "a room's name that fills the memory": ("verify", {"MUSTER_CONFIG": "wide.yaml"}, "99 characters"),
    "a width out of a width": ("verify", {"MUSTER_CONFIG": "nested.yaml"}, "99 characters"),
}
Muster = Callable[..., Result]


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """Runs `muster …` in a folder that holds FILES and a database."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        Path(name).write_bytes(content)
    migrated("sqlite:///muster.db")
    silent = dict.fromkeys(name for name in os.environ if name.startswith(("MUSTER_", "SLACK_", "PAGERDUTY_")))
    environ = {**silent, "DATABASE_URL": "sqlite:///muster.db"}
    return lambda words, **env: CliRunner().invoke(main, words.split(), env={**environ, **env})


@pytest.mark.parametrize(("words", "environ", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence_that_names_what_to_mend(
    muster: Muster, words: str, environ: dict[str, str], said: str
) -> None:
    result = muster(words, **environ)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output
    assert "hush" not in result.output
    [sentence] = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert sentence == result.output.splitlines()[-1]
    assert said in sentence


@pytest.mark.parametrize("words", ["serve", "demo", "simulator"])
def test_a_port_that_is_taken_is_named_with_what_to_do(muster: Muster, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        result = muster(f"{words} --port {where.rpartition(':')[2]}")
    said = f"Error: Something else listens at {where} already: stop it, or choose another port with --port."
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, said)


@pytest.mark.parametrize(("code", "at", "said"), [
    (errno.EADDRINUSE, ("::1", 3000), "Something else listens at [::1]:3000 already"),
    (errno.EACCES, ("127.0.0.1", 80), "may not listen at 127.0.0.1:80: choose a port above 1023"),
    (errno.EACCES, None, "The system refuses it: Permission denied."),
])  # fmt: skip
def test_a_port_that_cannot_be_had_is_told_from_other_trouble(
    code: int, at: tuple[str, int] | None, said: str
) -> None:
    async def start() -> int:
        raise OSError(code, os.strerror(code))

    with pytest.raises(ClickException, match=re.escape(said)):
        run(start(), at)


SPOILED = {"empty": b"", "not ASCII": "é".encode(), "no key": b"hush", "cut": new_key()[:20].encode()}


@pytest.mark.parametrize("words", ["key", "key --rotate", "verify"])
@pytest.mark.parametrize("content", SPOILED.values(), ids=SPOILED)
def test_a_signing_key_that_is_spoiled_is_named_and_left_alone(muster: Muster, words: str, content: bytes) -> None:
    path = Path("muster.db.signing-key")
    path.write_bytes(content)
    result = muster(words)
    assert (result.exit_code, "muster.db.signing-key" in result.output) == (1, True)
    assert (path.read_bytes(), "hush" in result.output) == (content, False)


def test_what_a_killed_rotation_left_is_in_nobodys_way(muster: Muster) -> None:
    assert muster("key").exit_code == 0
    Path("muster.db.signing-key.new").touch()
    assert [line.split()[1] for line in muster("key --rotate").output.splitlines()] == ["signs", "signed"]


def test_of_many_that_make_a_signing_key_at_once_all_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system without hard links, too."""
    monkeypatch.delattr(os, "link")
    with ThreadPoolExecutor(16) as threads:
        found = {keys.current for keys in threads.map(lambda _: Keys.at(tmp_path / "key"), range(64))}
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_of_many_that_rotate_a_signing_key_at_once_none_is_lost(tmp_path: Path) -> None:
    first = Keys.at(tmp_path / "key").current
    with ThreadPoolExecutor(16) as threads:
        made = [keys.current for keys in threads.map(lambda _: rotated(tmp_path / "key"), range(64))]
    assert Keys.at(tmp_path / "key").private.keys() == {first, *made}
    assert len(set(made)) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_lock_that_somebody_killed_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".key.lock").touch()
    assert Keys.at(tmp_path / "key").current != rotated(tmp_path / "key").current


def test_where_no_key_can_be_made_or_replaced_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="absent/key cannot be made"):
        Keys.at(tmp_path / "absent" / "key")
    with pytest.raises(Misuse, match=r"There is no signing key at .*key yet"):
        rotated(tmp_path / "key")


def test_who_has_no_name_on_this_machine_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 65_532)
    assert whoever() == "uid 65532"

"""`muster sources …` as operators use it."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from storage import Database, NewDelivery
from tests.databases import on_sqlite

pytestmark = pytest.mark.usefixtures("logging_stays")
CONFIG = """
sources:
  monitor:
    adapter: events-v2
    verify:
      routing_key: ${MONITOR_KEY}
    route:
      service: Checkout
"""
EVENT = {
    "routing_key": "k", "event_action": "trigger", "dedup_key": "db1/disk",
    "payload": {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"},
}  # fmt: skip
Muster = Callable[..., Result]


@pytest.fixture
def muster(database_url: str, tmp_path: Path) -> Muster:
    path = tmp_path / "muster.yaml"
    path.write_text(CONFIG)
    env = {"DATABASE_URL": database_url, "MUSTER_CONFIG": str(path), "MONITOR_KEY": "k"}
    return lambda *words: CliRunner().invoke(main, ["sources", *words], env=env)


def keep(database: Database, body: bytes, key: str = "1") -> None:
    delivery = NewDelivery("in:monitor", f"monitor:{key}", None, {}, body, datetime.now(UTC))
    asyncio.run(database.write(lambda tx: tx.keep(delivery)))


def test_the_list_says_where_each_leads_and_what_came(muster: Muster, database: Database) -> None:
    keep(database, json.dumps(EVENT).encode())
    told = muster("list")
    assert told.exit_code == 0, told.output
    assert "monitor (Events API v2): 1 received" in told.output
    assert "to the service Checkout" in told.output


@on_sqlite
def test_a_test_shows_what_samples_become(muster: Muster) -> None:
    told = muster("test", "monitor")
    assert "trigger (error) db1/disk" in told.output
    assert "POST /v2/enqueue" in told.output


def test_a_preview_shows_the_newest_delivery_or_the_one_named(muster: Muster, database: Database) -> None:
    keep(database, json.dumps(EVENT).encode())
    keep(database, b"nonsense", "2")
    assert "Not understood: the body is not JSON" in muster("preview", "monitor").output
    assert "trigger (critical) db1/disk" in muster("preview", "monitor", "monitor:1").output


@on_sqlite
def test_a_body_that_never_came_can_be_previewed(muster: Muster, tmp_path: Path) -> None:
    (tmp_path / "body").write_text(json.dumps(EVENT))
    assert "trigger (critical) db1/disk" in muster("preview", "monitor", "--file", str(tmp_path / "body")).output


def test_disabling_and_enabling_are_kept_and_stand_on_the_timeline(muster: Muster, database: Database) -> None:
    assert "is disabled" in muster("disable", "monitor").output
    assert "disabled · " in muster("list").output
    assert muster("disable", "monitor").exit_code == 1
    assert "is enabled" in muster("enable", "monitor").output
    entries = asyncio.run(database.read(lambda tx: tx.timeline("source:monitor")))
    assert [entry.kind for entry in entries] == ["source.disabled", "source.enabled"]


@on_sqlite
def test_the_text_to_paste_names_the_address(muster: Muster) -> None:
    assert "https://muster.example.com/v2/enqueue" in muster("setup", "monitor").output


@on_sqlite
@pytest.mark.parametrize("words", [("test", "nobody"), ("preview", "monitor"), ("replay", "monitor", "7")])
def test_what_is_not_there_is_one_sentence(muster: Muster, words: tuple[str, ...]) -> None:
    told = muster(*words)
    assert (told.exit_code, told.output.count("\n")) == (1, 1)
    assert told.output.startswith("Error: ")


@on_sqlite
def test_a_file_for_the_other_system_is_looked_through(muster: Muster, tmp_path: Path) -> None:
    (tmp_path / "payload").write_text('{"routing_key": {{.env.key}}, "dedup_key": "srv01/qa"}')
    told = muster("lint", str(tmp_path / "payload"))
    assert told.exit_code == 1
    assert "routing_key" in told.output
    assert "for keptn there is" in muster("lint", "--adapter", "relay", str(tmp_path / "payload")).output

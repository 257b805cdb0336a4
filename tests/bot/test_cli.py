"""The command line as operators and other programs use it."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.config import BELIEVED_ELSE, VARIABLES
from bot.console.export import FORMATS
from bot.domain.events import news
from bot.domain.incident import Reference
from bot.receiving.reader import read_some
from storage import Database, Transaction
from tests.bot.doors import told as delivered
from tests.bot.test_reader import delivery
from tests.builders import told, triggered
from tests.databases import on_sqlite
from tests.storage.facts import service_renamed

pytestmark = pytest.mark.usefixtures("logging_stays")
Muster = Callable[..., Result]
SUBCOMMANDS = {
    "demo", "serve", "simulator", "migrate", "timeline", "verify", "manifest", "doctor", "replay", "redact", "key",
    "backup", "restore", "sources",
}  # fmt: skip


@pytest.fixture
def muster(database_url: str) -> Muster:
    """Runs `muster …` on this test's database; whatever else is in the environment is taken out."""
    runner = CliRunner()
    silent = dict.fromkeys(VARIABLES)
    return lambda *words, **env: runner.invoke(main, words, env={**silent, "DATABASE_URL": database_url, **env})


@pytest.fixture
def written(database: Database) -> Database:
    """INC-1, triggered and acknowledged; the database stays open, as beside a running bot."""

    def write(tx: Transaction) -> None:
        tx.record(triggered())
        tx.record(told(news.Acknowledged, 5))

    database.submit(write).result(timeout=5)
    return database


def test_every_subcommand_the_design_promises_is_there_and_says_what_it_does() -> None:
    assert isinstance(main, click.Group)
    assert set(main.commands) == SUBCOMMANDS
    assert all(command.help for command in main.commands.values())


@pytest.mark.parametrize("name", ["INC-1", "inc-1", "1", "Q1"])
@pytest.mark.usefixtures("written")
def test_a_timeline_is_found_by_every_name_its_incident_has(muster: Muster, name: str) -> None:
    result = muster("timeline", name)
    assert result.exit_code == 0
    assert "Bob Brown acknowledged" in result.output


@on_sqlite
@pytest.mark.parametrize("style", sorted(FORMATS))
@pytest.mark.usefixtures("written")
def test_a_timeline_comes_in_each_format(muster: Muster, style: str) -> None:
    result = muster("timeline", "1", "--format", style)
    assert result.exit_code == 0
    assert "Bob Brown" in result.output
    if style == "json":
        assert [entry["seq"] for entry in json.loads(result.output)["entries"]] == [1, 2]


@on_sqlite
@pytest.mark.parametrize("words", [("timeline", "INC-7"), ("timeline", "nonsense"), ("verify", "7"), ("replay", "no")])
def test_what_is_not_there_is_one_sentence_and_no_traceback(muster: Muster, words: tuple[str, ...]) -> None:
    result = muster(*words)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output


@on_sqlite
def test_a_mistake_in_the_environment_is_one_sentence(muster: Muster) -> None:
    result = muster("verify", MUSTER_LOG="xml")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "MUSTER_LOG" in result.output


@pytest.mark.usefixtures("written")
def test_whole_chains_are_proved(muster: Muster) -> None:
    whole, one = muster("verify"), muster("verify", "INC-1")
    assert (whole.exit_code, one.exit_code) == (0, 0)
    assert whole.stdout.startswith("2 entries in 1 timelines: every chain is whole.\n")
    assert one.stdout.startswith("2 entries in INC-1: the chain is whole.")


@on_sqlite
def test_the_first_broken_entry_is_named(muster: Muster, written: Database, database_url: str) -> None:
    """By somebody with the file in hand and the triggers gone."""
    written.close()
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE timeline SET at = '2026-01-01T00:00:00.000000Z' WHERE seq = 2")
    connection.close()
    result = muster("verify")
    assert result.exit_code == 1
    assert result.stdout.startswith("BROKEN: INC-1, entry 2: ")


def test_a_schema_that_is_up_to_date_is_left_so(muster: Muster) -> None:
    for _ in range(2):
        result = muster("migrate")
        assert (result.exit_code, result.output) == (0, "The schema is up to date.\n")


def test_a_replay_says_what_is_understood_by_now(muster: Muster, database: Database) -> None:
    def put_aside(tx: Transaction) -> None:
        tx.keep(delivery(delivered(), "old"))
        tx.keep(delivery(b"nonsense", "bad"))
        for one in tx.unread(9):
            tx.complain(one.id, "not yet")

    database.submit(put_aside).result(timeout=5)
    database.close()
    result = muster("replay")
    assert (result.exit_code, result.stdout) == (1, "1 read, 1 still not understood.\n")
    assert "Triggered on Checkout" in muster("timeline", "1").output
    assert muster("replay", "bad").exit_code == 1


@on_sqlite
@pytest.mark.usefixtures("written")
def test_a_migration_beside_a_running_muster_is_done_or_is_a_sentence(muster: Muster, database_url: str) -> None:
    assert muster("migrate").output == "The schema is up to date.\n"
    with sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None) as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()
    result = muster("migrate")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "stop it, then migrate" in result.output


@on_sqlite
def test_a_replay_beside_a_running_muster_is_read_by_that_one(muster: Muster, database: Database) -> None:
    """On SQLite one process writes; what is given back to it, it reads within its poll."""

    def put_aside(tx: Transaction) -> None:
        for body, key in ((delivered(), "old"), (b"nonsense", "bad")):
            tx.keep(delivery(body, key))
        for one in tx.unread(9):
            tx.complain(one.id, "not yet")

    database.submit(put_aside).result(timeout=5)
    with reading(database):
        result = muster("replay")
    assert (result.exit_code, result.stdout) == (1, "1 read, 1 still not understood.\n")
    assert "Triggered on Checkout" in muster("timeline", "1").output


@contextmanager
def reading(database: Database) -> Iterator[None]:
    """As the running bot does, in a thread of its own."""
    stopped = threading.Event()

    def read() -> None:
        while not stopped.wait(0.02):
            database.submit(read_some).result(timeout=5)

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(read)
        try:
            yield
        finally:
            stopped.set()
            running.result(timeout=5)


@pytest.mark.parametrize("words", [("verify",), ("timeline", "INC-1"), ("backup", "b")])
def test_where_no_database_is_it_says_what_to_do_and_makes_none(
    muster: Muster, tmp_path: Path, words: tuple[str, ...]
) -> None:
    absent, empty = tmp_path / "absent.db", tmp_path / "empty.db"
    empty.touch()
    for file, said in ((absent, "There is no database at"), (empty, "no schema of Muster yet: run `muster migrate`")):
        result = muster(*words, DATABASE_URL=f"sqlite:///{file}")
        assert (result.exit_code, said in result.output, result.output.count("\n")) == (1, True, 1)
    assert not absent.exists()


@pytest.mark.parametrize("name", ["service:PSVC1", "SERVICE:checkout"])
def test_a_services_timeline_is_printed_too(muster: Muster, database: Database, name: str) -> None:
    def write(tx: Transaction) -> None:
        tx.remember_services([Reference("PSVC1", "Checkout")])
        tx.record_for_service(service_renamed())

    database.submit(write).result(timeout=5)
    result = muster("timeline", name)
    assert result.output.startswith("service:PSVC1  Checkout\n")
    told = json.loads(muster("timeline", name, "--format", "json").output)
    assert (told["service"]["id"], [entry["seq"] for entry in told["entries"]]) == ("PSVC1", [1])
    assert "no timeline of a service PNONE" in muster("timeline", "service:PNONE").output


@pytest.mark.usefixtures("written")
def test_a_backup_is_made_beside_a_running_muster_restored_and_proved(muster: Muster, tmp_path: Path) -> None:
    file, elsewhere = str(tmp_path / "b"), f"sqlite:///{tmp_path}/elsewhere.db"
    assert muster("backup", file).exit_code == 0
    refused = muster("restore", file)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    result = muster("restore", file, DATABASE_URL=elsewhere)
    assert result.exit_code == 0
    assert "2 entries in 1 timelines: every chain is whole.\n" in result.stdout
    again = muster("restore", file, DATABASE_URL=elsewhere)
    assert (again.exit_code, "--force" in again.output) == (1, True)
    assert muster("restore", file, "--force", DATABASE_URL=elsewhere).exit_code == 0


@on_sqlite
@pytest.mark.parametrize("name", ["", ".signing-key", ".checkpoints"])
def test_a_backup_never_replaces_what_muster_lives_on(muster: Muster, written: Database, name: str) -> None:
    assert muster("key").exit_code == 0
    file = f"{written.file}{name}"
    result = muster("backup", "--force", file)
    assert (result.exit_code, "name another one" in result.output, result.output.count("\n")) == (1, True, 1)
    assert "Bob Brown acknowledged" in muster("timeline", "1").output


HERE, THERE = "https://muster.example", "https://elsewhere.example"
WAYS: Sequence[tuple[str, dict[str, str], str | None]] = [  # words, environment, the address; None: Socket Mode
    (f"--url {HERE}", {}, HERE), ("--socket", {}, None), ("", {"MUSTER_PUBLIC_URL": HERE}, HERE),
    (f"--url {HERE}", {"MUSTER_PUBLIC_URL": THERE, "SLACK_APP_TOKEN": "xapp-1"}, HERE),
    ("", {"MUSTER_PUBLIC_URL": THERE, "SLACK_APP_TOKEN": "xapp-1"}, None),
]  # fmt: skip


@on_sqlite
@pytest.mark.parametrize(("words", "environ", "address"), WAYS)
def test_the_manifest_can_be_pasted_into_slack(
    muster: Muster, words: str, environ: dict[str, str], address: str | None
) -> None:
    told = json.loads(muster("manifest", *words.split(), **environ).output)["settings"]
    assert told["socket_mode_enabled"] is (address is None)
    assert told["interactivity"].get("request_url") == (address and f"{address}/slack/events")


@on_sqlite
def test_an_unsafe_database_is_refused_in_words(muster: Muster) -> None:
    result = muster("migrate", DATABASE_URL="mysql://muster:hush@db/muster")
    assert (result.exit_code, "mysql" in result.output, "hush" in result.output) == (1, True, False)


@on_sqlite
def test_serve_names_at_start_the_doors_that_stay_shut_and_misspelt_names(muster: Muster, tmp_path: Path) -> None:
    secrets = {"PAGERDUTY_WEBHOOK_SECRET": "hush", "SLACK_BOT_TOKEN": "hush"}
    result = muster("serve", DATABASE_URL=f"sqlite:///{tmp_path}/absent/m.db", PAGERDUTY_API_TOKEN="hush", **secrets)
    said = [line.split(" ", 1)[1] for line in result.output.splitlines()[:-1]]
    logger = "bot.console.cli"
    assert said == [
        f"error    {logger}: PAGERDUTY_WEBHOOK_SECRETS is not set: {BELIEVED_ELSE}",
        f"error    {logger}: Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set: nothing said in Slack is heard.",
        f"warning  {logger}: PAGERDUTY_WEBHOOK_SECRET is set, which nobody reads: is PAGERDUTY_WEBHOOK_SECRETS meant?",
        f"warning  {logger}: `muster doctor` checks every setting, and says where to find what is missing.",
    ]
    assert "hush" not in result.output

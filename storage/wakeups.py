"""Replicas on one Postgres tell each other that jobs are due: LISTEN and NOTIFY, a wake-up and never the truth."""

import logging
import selectors
import socket
import threading
from collections.abc import Callable

import psycopg

CHANNEL = "muster_jobs"
RETRY = 1.0  # seconds before a lost connection is opened again

log = logging.getLogger(__name__)


class Wakeups:
    """One thread, one connection, both ways. Telling is done here, after the commit and gathered, because a NOTIFY
    inside a transaction makes all commits of the server wait for one another.
    https://www.postgresql.org/docs/current/sql-notify.html"""

    def __init__(self, conninfo: str, heard: Callable[[], None]) -> None:
        self._conninfo = conninfo
        self._heard = heard
        self._inner, self._outer = socket.socketpair()
        self._inner.setblocking(False)
        self._outer.setblocking(False)
        self._stopped = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="muster-wakeups", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Let the other replicas know, soon; from any thread."""
        try:
            self._outer.send(b"!")
        except BlockingIOError:
            return  # so much is waiting to be told already that this is told with it

    def close(self) -> None:
        self._stopped.set()
        self.tell()
        self._thread.join()
        self._inner.close()
        self._outer.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as connection:
                    self._listen(connection)
            except psycopg.Error as error:
                self.listening.clear()
                log.warning("Other replicas cannot be heard, trying again: %s", error)
                self._stopped.wait(RETRY)

    def _listen(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._heard()  # what was told while nobody listened
        self.listening.set()
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._inner, selectors.EVENT_READ)
            while not self._stopped.is_set():
                selector.select()
                self._pass_on(connection)

    def _pass_on(self, connection: psycopg.Connection) -> None:
        if self._drained():
            connection.execute(f"NOTIFY {CHANNEL}")
        own = connection.info.backend_pid
        if any(notice.pid != own for notice in connection.notifies(timeout=0)):
            self._heard()

    def _drained(self) -> bool:
        try:
            return bool(self._inner.recv(4096))
        except BlockingIOError:
            return False

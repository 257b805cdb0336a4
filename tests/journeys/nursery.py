"""Bears bots: everything is imported once, and every bot is a fork that lives, and is killed, as a process of its own.

A line of JSON in ({"environ": {…}, "port": …, "log": path}) is a bot; its process id comes out.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.__main__ import main as muster

ROOT = Path(__file__).parents[2]


class Nursery:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def bear(self, environ: Mapping[str, str], port: int, log: Path) -> int:
        """The process id of a new `muster serve`."""
        assert self._process.stdin
        assert self._process.stdout
        wanted = {"environ": dict(environ), "port": port, "log": str(log)}
        print(json.dumps(wanted), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@contextmanager
def open_nursery(*module: str) -> Iterator[Nursery]:
    """`module`: another one that ends in `work`, with its arguments."""
    command = [sys.executable, "-m", *(module or (__name__,))]
    pipe, environ = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        tempfile.TemporaryDirectory(prefix="muster-nursery-") as folder,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder, env=environ) as process,
    ):
        yield Nursery(process)


def work() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried by the system
    for line in sys.stdin:
        wanted = json.loads(line)
        born = os.fork()
        if not born:
            live(wanted["environ"], wanted["port"], wanted["log"])
        print(born, flush=True)


def live(environ: Mapping[str, str], port: int, log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(log).open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    os.environ.update(environ)
    muster(["serve", "--port", str(port)])


if __name__ == "__main__":
    work()

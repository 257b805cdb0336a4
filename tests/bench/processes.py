"""Programs that are measured, each in a process of its own."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml

from bot.console.demo import environment
from bot.simulator import Simulator
from tests.eventually import eventually

ENVIRON = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
"""For a `python -m …` in whatever folder, which is where it leaves what it writes."""
LISTENS = re.compile(r"http://127\.0\.0\.1:\d+")
SERVICES = {
    "Checkout": {"runbook": "https://runbooks.example.com/checkout", "bridge": "https://meet.example.com/checkout"}
}


@dataclass(frozen=True)
class Served:
    """A server that answers at `url`."""

    url: str
    pid: int


@asynccontextmanager
async def server(*module: str, log: Path, environ: Mapping[str, str] | None = None) -> AsyncIterator[Served]:
    """`python -m module…`, once it has said where it listens."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, stdout=output, stderr=output, cwd=log.parent,
            env={**ENVIRON, **(environ or {})},
        )
    try:
        yield Served(await eventually(lambda: _address(process, log), within=60.0), process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _address(process: Process, log: Path) -> str:
    """Empty until it has said so."""
    said = log.read_text()
    if process.returncode is not None:
        raise RuntimeError(said)
    found = LISTENS.search(said)
    return found[0] if found else ""


@asynccontextmanager
async def muster(
    simulator: Simulator, folder: Path, sources: Mapping[str, Any] | None = None, **environ: str
) -> AsyncIterator[Served]:
    """`muster serve` beside this simulator, on SQLite in `folder` unless DATABASE_URL says otherwise."""
    told = settings(simulator, folder, environ, sources)
    async with server("bot", "serve", "--port", "0", log=folder / "log", environ=told) as bot:
        simulator.bot_url = bot.url
        simulator.slack.channel("incidents").members.add(simulator.slack.user("muster").id)
        yield bot


def settings(
    simulator: Simulator, folder: Path, environ: Mapping[str, str], sources: Mapping[str, Any] | None = None
) -> dict[str, str]:
    choices = {"default": {"announce": "#incidents"}, "services": SERVICES, "sources": dict(sources or {})}
    (folder / "muster.yaml").write_text(yaml.safe_dump(choices))
    config = {"MUSTER_CONFIG": str(folder / "muster.yaml"), "DATABASE_URL": f"sqlite:///{folder / 'muster.db'}"}
    return {**environment(simulator), **config, **environ}


async def answer_of(*module: str) -> Any:
    """What `python -m module…` prints, as JSON."""
    with TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", *module, stdout=output, env=ENVIRON)
        await process.wait()
        output.seek(0)
        return json.loads(output.read())

"""From the start of the process until it is ready, the memory it then holds, and what has to be installed for it.

As installed without the `dev` extra: libraries import more where they find more.
"""

import asyncio
import os
import re
import sys
import time
from collections import deque
from collections.abc import Mapping
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import aiohttp
from packaging.requirements import Requirement

from bot.simulator import Simulator
from tests.bench.figure import Figure, Scale, percentile
from tests.bench.machine import quiet
from tests.bench.processes import ENVIRON, Served, muster, server

READY = 1000.0  # milliseconds
MEMORY = 80.0  # MB
DISTRIBUTIONS = 40
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    alone = _without_extras(folder)
    async with Simulator() as simulator:
        first = await _ready_after(simulator, folder, alone, scale.patience)
        starts = [await _ready_after(simulator, folder, alone, scale.patience) for _ in range(scale.starts)]
        async with muster(simulator, folder, **alone) as bot:
            await _until_ready(bot)
            await asyncio.sleep(scale.rests)
            memory = _memory(bot)
    imports = percentile([await _imports(alone) for _ in range(scale.starts)], 50)
    async with server("tests.bench.libraries", log=folder / "libraries.log", environ=alone) as libraries:
        floor = _memory(libraries)
    return [
        Figure("start → ready", percentile(starts, 50), "ms", READY, floor=imports),
        Figure("start → ready, on no database yet", first, "ms", floor=imports),
        Figure("memory at rest (PSS)", memory, "MB", MEMORY, floor=floor),
        Figure("installed distributions", len(closure("muster")), "", DISTRIBUTIONS),
    ]


def _without_extras(folder: Path) -> dict[str, str]:
    """An environment in which only what installing Muster brings can be imported."""
    brought = closure("muster")
    packages = packages_distributions().items()
    others = sorted(name for name, owners in packages if brought.isdisjoint(map(_normal, owners)))
    (folder / "sitecustomize.py").write_text(f"import sys\n\nsys.modules.update(dict.fromkeys({others!r}))\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), ENVIRON["PYTHONPATH"]])}


async def _ready_after(simulator: Simulator, folder: Path, environ: Mapping[str, str], patience: float) -> float:
    """Milliseconds."""
    await quiet(patience)
    began = time.perf_counter()
    async with muster(simulator, folder, **environ) as bot:
        await _until_ready(bot)
        return (time.perf_counter() - began) * 1000


async def _until_ready(bot: Served) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(10):
        while True:
            async with session.get(f"{bot.url}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.005)


async def _imports(environ: Mapping[str, str]) -> float:
    """Milliseconds that Python takes to start and to import the libraries, which nobody can do without."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import tests.bench.libraries", env={**ENVIRON, **environ}
    )
    await process.wait()
    return (time.perf_counter() - began) * 1000


def _memory(served: Served) -> float:
    """MB; what is shared with others counts in part. https://docs.kernel.org/filesystems/proc.html"""
    found = PSS.search(Path(f"/proc/{served.pid}/smaps_rollup").read_text())
    return int(found[1]) / 1024 if found else 0.0


def closure(name: str) -> set[str]:
    """The distributions that installing `name` brings, itself included, on this machine and this Python."""
    seen: set[tuple[str, str]] = set()
    left = deque([(name, "")])
    while left:
        wanted = left.popleft()
        if wanted in seen:
            continue
        seen.add(wanted)
        for requirement in map(Requirement, distribution(wanted[0]).requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": wanted[1]}):
                left.extend((requirement.name, extra) for extra in ("", *requirement.extras))
    return {_normal(found) for found, _ in seen}


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()

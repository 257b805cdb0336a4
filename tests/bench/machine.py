"""What the machine says of itself: who burns its time, and what a process has burnt."""

import asyncio
import os
from pathlib import Path

LOOK = 0.3  # seconds
IDLE = 0.8  # of all cores
TICKS = os.sysconf("SC_CLK_TCK")


async def quiet(seconds: float) -> None:
    """Waits until hardly anyone else computes; goes on after so many seconds all the same."""
    for _ in range(int(seconds / LOOK)):
        before = _times()
        await asyncio.sleep(LOOK)
        idle, total = (after - past for after, past in zip(_times(), before, strict=True))
        if idle >= IDLE * total:
            return


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have burnt so far. https://docs.kernel.org/filesystems/proc.html"""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _times() -> tuple[int, int]:
    """Ticks that were idle, and all."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return fields[3] + fields[4], sum(fields)

"""python -m tests.bench [intake|rooms|answers|startup|mapping|generic …]: measures, and prints what came out beside its
target."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench import answers, intake, mapping, rooms, startup
from tests.bench.figure import Figure, Scale, table

BENCHES = {
    "intake": intake.measure, "rooms": rooms.measure, "answers": answers.measure, "startup": startup.measure,
    "mapping": mapping.measure, "generic": intake.measure_generic,
}  # fmt: skip


async def measured(names: list[str], scale: Scale) -> list[Figure]:
    figures = []
    for name in names or BENCHES:
        with tempfile.TemporaryDirectory(prefix=f"muster-bench-{name}-", ignore_cleanup_errors=True) as folder:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            figures += await BENCHES[name](scale, Path(folder))
    return figures


if __name__ == "__main__":
    print(table(asyncio.run(measured(sys.argv[1:], Scale()))))

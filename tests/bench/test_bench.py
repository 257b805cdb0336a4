"""Each bench still runs and gives its figures; how good they are is for `python -m tests.bench` to say."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.sources import ADAPTERS
from tests.bench.__main__ import BENCHES
from tests.bench.figure import Figure, Scale, table

pytestmark = pytest.mark.anyio
HARDLY_ANYTHING = Scale(
    seconds=0.2, at_once=3, rooms=1, commands=3, storm=5, storms=1, starts=1, patience=0.0, rests=0.0
)  # fmt: skip
ON_SQLITE = replace(HARDLY_ANYTHING, postgres=False)
SCALES = {"generic": ON_SQLITE, "intake": ON_SQLITE}  # the others run on Postgres, too
MAPPED = [adapter for adapter in ADAPTERS.values() if adapter.samples or adapter.name == "generic"]
FIGURES = {"intake": 4, "rooms": 6, "answers": 4, "startup": 4, "mapping": len(MAPPED), "generic": 4}


@pytest.mark.parametrize("name", BENCHES)
async def test_a_bench_gives_its_figures(name: str, tmp_path: Path) -> None:
    figures = await BENCHES[name](SCALES.get(name, HARDLY_ANYTHING), tmp_path)
    assert len(figures) == FIGURES[name]
    assert [figure.name for figure in figures if not figure.value > 0] == []


def test_the_table_says_what_falls_short() -> None:
    figures = [
        Figure("quick", 3.0, "ms", 10.0, floor=1.0),
        Figure("slow", 30.0, "ms", 10.0),
        Figure("few", 1.0, "/s", 2.0, at_least=True),
    ]
    rows = [line.split()[-1] for line in table(figures).splitlines()]
    assert rows == ["measured", "ok", "SHORT", "SHORT"]

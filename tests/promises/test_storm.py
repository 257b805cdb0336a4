"""The storm in small: fewer incidents, and a Slack whose minute is four seconds."""

from pathlib import Path

import pytest

from tests.bench.figure import table
from tests.promises.storm import CI, measure

pytestmark = pytest.mark.anyio
TIMED = ("slash command answered", "the P1 that came last")  # printed here, and held to by `--full`, on a quiet machine


async def test_a_storm_is_weathered(database_url: str, tmp_path: Path) -> None:
    storm = await measure(CI, tmp_path, database_url)
    figures = storm.figures(CI)
    print(f"\n{table(figures)}")
    short = [one.name for one in figures if one.verdict == "SHORT" and not one.name.startswith(TIMED)]
    assert short == []
    assert storm.umbrellas == 3

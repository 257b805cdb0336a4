"""What outages cost: the small tier; the other is `python -m tests.promises.fault_matrix --full`."""

import pytest

from tests.promises.fault_matrix import HEADING, Cell, lived_through

pytestmark = pytest.mark.anyio
MINUTES = 2
SHORT = [
    ("slack", "503", "sqlite"), ("pagerduty", "refused", "sqlite"), ("events", "garbage", "sqlite"),
    ("slack", "reply lost", "sqlite"), ("database", "503", "sqlite"), ("database", "refused", "postgresql"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "fault", "database_url"), SHORT, indirect=["database_url"], ids=[f"{one[0]} {one[1]}" for one in SHORT]
)
async def test_an_outage_loses_nothing_and_leaves_nobody_guessing(system: str, fault: str, database_url: str) -> None:
    cell = await lived_through(Cell(system, fault), database_url, minutes=MINUTES)
    print(f"{HEADING}\n{cell.row()}")
    assert cell.wrong == []

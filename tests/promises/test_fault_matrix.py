"""What outages cost: the small tier; the other is `python -m tests.promises.fault_matrix --full`."""

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.job import Job
from storage import Database
from tests.databases import on_postgres
from tests.promises.fault_matrix import HEADING, Cell, lived_through
from tests.promises.ledger_faults import database_behind

pytestmark = pytest.mark.anyio
MINUTES, LENIENCE = 2, 3.0
SHORT = [
    ("slack", "503", "sqlite"), ("pagerduty", "refused", "sqlite"), ("events", "garbage", "sqlite"),
    ("slack", "reply lost", "sqlite"), ("database", "503", "sqlite"), ("database", "refused", "postgresql"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "fault", "database_url"), SHORT, indirect=["database_url"], ids=[f"{one[0]} {one[1]}" for one in SHORT]
)
async def test_an_outage_loses_nothing_and_leaves_nobody_guessing(system: str, fault: str, database_url: str) -> None:
    cell = await lived_through(Cell(system, fault, LENIENCE), database_url, minutes=MINUTES)
    print(f"{HEADING}\n{cell.row()}")
    assert cell.wrong == []


@on_postgres
async def test_what_somebody_is_writing_is_not_waited_for_when_the_rest_is_made_older(
    database: Database, database_url: str
) -> None:
    """A transaction of the bot's that the cable holds up would wait for us, who hold up the cable."""
    for lane in ("held", "free"):
        database.submit(lambda tx, lane=lane: tx.put(Job("tell", lane))).result()  # type: ignore[misc]
    impatient = sa.make_url(database_url).update_query_dict({"options": "-c lock_timeout=1000"})
    async with database_behind(impatient.render_as_string(hide_password=False)) as ledger:
        with psycopg.connect(database_url) as bot:
            before: dict[str, float] = dict(bot.execute("SELECT lane, due FROM jobs").fetchall())
            bot.execute("SELECT id FROM jobs WHERE lane = 'held' FOR UPDATE")
            ledger.age(60.0)
            after: dict[str, float] = dict(bot.execute("SELECT lane, due FROM jobs").fetchall())
    assert {lane: before[lane] - due for lane, due in after.items()} == pytest.approx({"held": 0.0, "free": 60.0})

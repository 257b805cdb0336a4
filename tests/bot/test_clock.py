"""The hour strikes on every replica, and is heard once."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import TICKS, scheduler, slot, strike
from bot.domain.job import Claim
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.effects import EFFECTS
from storage import Database
from tests.databases import on_postgres, on_sqlite
from tests.eventually import eventually

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def owed(database: Database) -> list[Claim]:
    return await database.write(lambda tx: [claim for claim in tx.claim(100) if tx.settle(claim)])


@pytest.mark.parametrize(
    ("seconds", "at", "name"),
    [
        (60, NOON, "x@2026-03-01T12:00:00Z"),
        (60, NOON + timedelta(seconds=59.9), "x@2026-03-01T12:00:00Z"),
        (60, NOON + timedelta(seconds=60), "x@2026-03-01T12:01:00Z"),
        (3600, NOON + timedelta(minutes=59), "x@2026-03-01T12:00:00Z"),
        (86400, NOON + timedelta(hours=11), "x@2026-03-01T00:00:00Z"),
        (3600, datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=2))), "x@2026-03-01T12:00:00Z"),
    ],
)
def test_a_slot_is_named_after_its_beginning_in_utc(seconds: int, at: datetime, name: str) -> None:
    assert slot("x", seconds, at) == name


@given(seconds=st.integers(1, 10**6), at=st.integers(0, 4 * 10**9).map(lambda when: datetime.fromtimestamp(when, UTC)))
def test_two_instants_share_a_slot_only_within_its_length(seconds: int, at: datetime) -> None:
    assert slot("x", seconds, at) != slot("x", seconds, at + timedelta(seconds=seconds))


def test_all_that_ticks_is_something_the_bot_can_do() -> None:
    assert set(TICKS) <= set(EFFECTS)
    assert all(seconds > 0 for seconds in TICKS.values())


@pytest.mark.anyio
@pytest.mark.parametrize("name", TICKS)
async def test_within_a_slot_the_effect_is_owed_once_even_after_it_was_done(name: str, database: Database) -> None:
    with freeze_time(NOON, real_asyncio=True) as frozen:
        await asyncio.gather(*(strike(database, name) for _ in range(3)))
        assert [claim.job.kind for claim in await owed(database)] == [name]
        await strike(database, name)
        assert await owed(database) == []
        frozen.tick(TICKS[name])
        await strike(database, name)
        assert [claim.job.kind for claim in await owed(database)] == [name]


@pytest.fixture
def replicas(database: Database, database_url: str) -> Iterator[list[Database]]:
    with contextlib.ExitStack() as stack:
        others = [Database(database_url, Reactions(Routing())) for _ in range(2)]
        for other in others:
            other.open()
            stack.callback(other.close)
        yield [database, *others]


@pytest.mark.anyio
@on_postgres
async def test_of_several_replicas_one_wins(replicas: list[Database]) -> None:
    with freeze_time(NOON, real_asyncio=True):
        await asyncio.gather(*(strike(replica, "sweep_rooms") for replica in replicas))
        assert len(await owed(replicas[0])) == 1


@pytest.mark.anyio
@on_sqlite
async def test_a_tick_without_a_database_is_missed_and_the_next_one_is_not(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.close()
    await strike(database, "sweep_rooms")
    assert "missed the tick sweep_rooms@" in caplog.text
    database.open()
    await strike(database, "sweep_rooms")
    assert len(await owed(database)) == 1


@pytest.mark.anyio
@on_sqlite
async def test_a_clock_that_starts_strikes_everything_at_once(database: Database) -> None:
    clock = scheduler(database)
    clock.start()
    struck: set[str] = set()

    async def all_struck() -> bool:
        struck.update(claim.job.kind for claim in await owed(database))
        return struck == set(TICKS)

    await eventually(all_struck)
    clock.shutdown(wait=False)

"""At the gate: the tier for every change. `python -m tests.promises.gate --full`, and so on, are the other."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import worker
from bot.domain.job import Job
from storage import Database
from tests.databases import on_postgres, on_sqlite
from tests.promises import gate, gate_flood, gate_outbound, gate_replays, gate_secrets, gate_sources, gate_text
from tests.promises.gate_house import House

pytestmark = pytest.mark.anyio
STRINGS = 25


@on_sqlite
async def test_what_is_forged_malformed_or_mutated_gets_the_right_status_and_no_row(database_url: str) -> None:
    assert await gate.figure(database_url, full=False) == []


async def test_what_nothing_proves_to_be_a_sources_is_refused_and_what_is_proved_is_kept(database_url: str) -> None:
    assert await gate_sources.figure(database_url, full=False) == []


@on_sqlite
async def test_what_the_clock_owes_is_not_laid_at_a_strangers_door(database: Database, database_url: str) -> None:
    """A run that lasts longer than a minute has checkpoints in it, and their anchors."""
    engine = sa.create_engine(database_url)
    house = House(None, None, database, Path(), engine)  # type: ignore[arg-type]
    for lane in ("clock/checkpoint", "anchor/file", "anchor/slack"):
        await database.write(lambda tx, lane=lane: tx.put(Job("any", lane)))  # type: ignore[misc]
    assert house.rows()["jobs"] == 0
    await database.write(lambda tx: tx.put(Job("any", "INC-1/card")))
    assert house.rows()["jobs"] == 1
    engine.dispose()


async def test_a_request_that_comes_again_gets_its_answer_again_and_causes_nothing(database_url: str) -> None:
    assert await gate_replays.figure(database_url, full=False) == []


def test_hostile_text_stays_text_in_every_message_form_and_export() -> None:
    assert gate_text.tried(0, STRINGS) == []


async def test_no_secret_is_found_anywhere_after_a_journey_with_faults(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MENDING_WAIT", 1.0)  # seconds between two tries of a token
    assert await gate_secrets.figure(database_url, full=False) == []


@on_sqlite
async def test_nobody_but_slack_pagerduty_and_what_is_configured_is_called(database_url: str) -> None:
    assert await gate_outbound.figure(database_url, full=False) == []


@on_postgres
async def test_in_a_flood_of_strangers_what_is_signed_is_served_and_memory_stays_flat(database_url: str) -> None:
    assert await gate_flood.figure(database_url, full=False) == []

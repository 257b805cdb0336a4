"""Operating Muster, as promised in docs/promises.md; each promise in small."""

import pytest

from tests.databases import BOTH
from tests.promises import (
    operating_backup,
    operating_logs,
    operating_migrations,
    operating_rootless,
    operating_stop,
    operating_watch,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_log_line_is_forged(style: str) -> None:
    figure = operating_logs.measured(2000, style)
    print(figure)
    assert figure.holds, figure


@pytest.mark.parametrize("target", BOTH)
async def test_backups_in_mid_storm_restore_and_prove(
    database_url: str, target: str, request: pytest.FixtureRequest
) -> None:
    into = request.getfixturevalue("second_postgres_url") if target == "postgresql" else ""
    figure = await operating_backup.measured(1, database_url, into)
    print(figure)
    assert figure.holds, figure


async def test_a_stop_in_a_storm_cuts_nobody_off(database_url: str) -> None:
    figure = await operating_stop.stopped(2 if "sqlite" in database_url else 1, database_url)
    print(figure)
    assert figure.holds, figure


def test_a_killed_migration_has_happened_whole_or_not_at_all(postgres_url: str) -> None:
    for figure in (operating_migrations.on_sqlite(3), operating_migrations.on_postgres(2, postgres_url)):
        print(figure)
        assert figure.holds, figure


async def test_what_is_late_is_a_page_that_ends_by_itself_and_opens_no_room(database_url: str) -> None:
    figure = await operating_watch.measured(1, database_url)
    print(figure)
    assert figure.holds, figure


@pytest.mark.skipif(not operating_rootless.interpreter(), reason=operating_rootless.WHY_NOT)
async def test_it_serves_as_a_stranger_who_can_write_to_one_folder_alone() -> None:
    written = await operating_rootless.measured()
    print(written)
    assert all(name.startswith("muster.db") for name in written.split())

"""Muster is told which service to page about itself."""

import pytest

from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.town import a_bot_in, outside

pytestmark = pytest.mark.anyio


@on_sqlite
async def test_with_a_key_it_watches_from_the_start_and_without_one_it_does_not(database_url: str) -> None:
    """The first calm look resolves what an earlier life may have left open."""
    async with outside() as simulator:
        async with a_bot_in(simulator, database_url) as town:
            await town.settled()
        assert simulator.faults.calls("events:*") == []
        key = simulator.pagerduty.service("Payments").integrations[0].key
        async with a_bot_in(simulator, database_url, MUSTER_WATCH_KEY=key):
            await eventually(lambda: simulator.faults.calls("events:POST /v2/enqueue"))
        assert simulator.pagerduty.incidents == []

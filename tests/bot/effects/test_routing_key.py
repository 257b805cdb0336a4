"""The integration key of a service, by whatever name a route calls it."""

import pytest

from bot.effects import World
from bot.simulator.pagerduty.seed import integration_key

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["Checkout", "checkout", "PSCHECK"])
async def test_a_service_nobody_has_heard_of_yet_is_looked_up(world: World, name: str) -> None:
    assert await world.routing_key(name) == integration_key("Checkout")

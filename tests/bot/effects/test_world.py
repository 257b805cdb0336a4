"""What effects ask of their surroundings."""

import pytest

from tests.bot.effects.conftest import Scene
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]


async def test_a_service_is_found_by_its_name_before_anybody_asked_which_there_are(scene: Scene) -> None:
    checkout = scene.pagerduty.service("Checkout")
    assert await scene.world.routing_key("checkout") == checkout.integrations[0].key
    before = scene.calls("pagerduty:GET /services")
    assert await scene.world.routing_key("Checkout") == checkout.integrations[0].key
    assert scene.calls("pagerduty:GET /services") == before

"""Self-healing, small: what Muster promises when it was not told. `--full` tells each story on both databases."""

import pytest

from tests.databases import BOTH
from tests.promises import healing

pytestmark = pytest.mark.anyio


SQLITE, POSTGRES = BOTH


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == SQLITE else str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize("server", [SQLITE], indirect=True)
async def test_a_subscription_is_switched_on_again_and_the_timeline_is_filled(server: str | None) -> None:
    found = (await healing.told(healing.outages, server)).found
    assert found["minutes until switched on again, at most"] <= healing.PROMISED
    assert found["of them on a timeline, %"] == 100
    assert (found["twice"], found["duplicate rooms"]) == (0, 0)


@pytest.mark.parametrize("server", [POSTGRES], indirect=True)
async def test_a_flood_of_old_news_is_told_in_few_words_and_opens_no_room_for_what_is_over(server: str | None) -> None:
    found = (await healing.told(healing.flood, server)).found
    assert found["messages per room, at most"] <= 3
    assert found["rooms for what is over"] == found["duplicate rooms"] == 0
    assert found["incidents that stand otherwise than in PagerDuty"] == 0


@pytest.mark.parametrize("server", [SQLITE], indirect=True)
async def test_an_hour_old_backup_gets_its_hour_back_and_no_second_room(server: str | None) -> None:
    found = (await healing.told(healing.restored, server)).found
    assert found["of them on a timeline, %"] == 100
    assert (found["twice"], found["duplicate rooms"], found["other rooms"], found["messages twice"]) == (0, 0, 0, 0)
    assert found["gaps marked"] >= found["incidents of the hour"]

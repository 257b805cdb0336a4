"""Self-healing, small: what Muster promises when it was not told. `--full` tells each story on both databases."""

import math

import pytest

from tests.databases import BOTH
from tests.promises import healing
from tests.promises.healing import PROMISED, Figures, wrongs

pytestmark = pytest.mark.anyio


SQLITE, POSTGRES = BOTH


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == SQLITE else str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize("server", [SQLITE], indirect=True)
async def test_a_subscription_is_switched_on_again_and_the_timeline_is_filled(server: str | None) -> None:
    assert await healing.told(healing.outages, server) == []


@pytest.mark.parametrize("server", [POSTGRES], indirect=True)
async def test_a_flood_of_old_news_is_told_in_few_words_and_opens_no_room_for_what_is_over(server: str | None) -> None:
    assert await healing.told(healing.flood, server) == []


@pytest.mark.parametrize("server", [SQLITE], indirect=True)
async def test_an_hour_old_backup_gets_its_hour_back_and_no_second_room(server: str | None) -> None:
    assert await healing.told(healing.restored, server) == []


@pytest.mark.parametrize(("story", "name"), [(story, name) for story, bounds in PROMISED.items() for name in bounds])
def test_the_judge_sees_each_figure_that_is_wrong_or_missing(story: str, name: str) -> None:
    least, most = PROMISED[story][name]
    right = {name: least for name, (least, _) in PROMISED[story].items()}
    assert wrongs(story, Figures(right)) == []
    for value in (least - 1, most + 1 if most < math.inf else math.nan):
        assert wrongs(story, Figures(right | {name: value})) == [f"{name}: {value:g}"]
    assert wrongs(story, Figures({one: right[one] for one in right if one != name})) == [f"{name}: nan"]


@pytest.mark.parametrize(("messages", "code"), [(3, 0), (4, 1)])
def test_the_exit_code_says_whether_a_figure_is_wrong(messages: int, code: int) -> None:
    right = {name: least for name, (least, _) in PROMISED["flood"].items()}

    async def flood(_: str, *, full: bool) -> Figures:
        return Figures(right | {"messages per room, at most": messages})

    async def outages(_: str, *, full: bool) -> Figures:
        return Figures({name: least for name, (least, _) in PROMISED["outages"].items()})

    assert healing.exit_code((flood, outages), (None,), full=False) == code

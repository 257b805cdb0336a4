"""Who may do what, and who was first: the small tier; the other is `python -m tests.promises.NAME --full`."""

import pytest

from bot.domain.policy import TABLE
from tests.databases import on_sqlite
from tests.promises.races import raced
from tests.promises.who_may import PEOPLE, WAYS, documented, tried_out

pytestmark = pytest.mark.anyio
RACES = 30


def test_the_documented_table_has_every_verb_and_everyone() -> None:
    wanted = {(verb, person) for verb in [*TABLE, "deploy", "decline"] for person in PEOPLE}
    assert set(documented()) == wanted
    assert set(documented().values()) == {"yes", "no", "403"}


@on_sqlite
async def test_every_cell_is_as_documented(database_url: str) -> None:
    """Every verb, asked for in every way, by every kind of person, through HTTP."""
    wanted = documented()
    matrix = await tried_out(database_url)
    print(f"who may: {len(matrix.cells)} cells")
    assert matrix.wrong(wanted) == []
    assert len(matrix.cells) == len(wanted) * len(WAYS)
    assert matrix.wrong(wanted | {("ack", "guest"): "yes"}), "the test would notice one cell that differs"


async def test_of_two_who_press_at_once_one_is_heard_and_the_other_told(database_url: str) -> None:
    outcome = await raced(database_url, RACES)
    print(f"races: {outcome.races}, first was {dict(outcome.winners)}")
    assert outcome.wrong == []
    assert outcome.races == RACES

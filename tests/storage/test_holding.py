"""What one does at a time: a lease, under a name."""

import pytest

from storage import Database

pytestmark = pytest.mark.anyio


async def test_of_two_who_want_it_the_first_has_it_until_it_lets_go(database: Database) -> None:
    assert await database.write(lambda tx: tx.hold("the door", "one", 60))
    assert not await database.write(lambda tx: tx.hold("the door", "another", 60))
    assert await database.write(lambda tx: tx.hold("the window", "another", 60)), "which is something else"
    assert await database.write(lambda tx: tx.hold("the door", "one", 60)), "again, as a repeat does"
    await database.write(lambda tx: tx.let_go("the door", "one"))
    assert await database.write(lambda tx: tx.hold("the door", "another", 60))


async def test_when_its_time_is_over_it_is_another_s_and_the_first_can_tell(database: Database) -> None:
    await database.write(lambda tx: tx.hold("the door", "one", -1))
    assert await database.write(lambda tx: tx.still_holds("the door", "one")), "as long as nobody else came"
    assert await database.write(lambda tx: tx.hold("the door", "another", 60))
    assert not await database.write(lambda tx: tx.still_holds("the door", "one"))
    await database.write(lambda tx: tx.let_go("the door", "one"))
    assert not await database.write(lambda tx: tx.hold("the door", "one", 60)), "only who holds it lets go"
    await database.write(lambda tx: tx.let_go("the door", "another"))
    assert not await database.write(lambda tx: tx.still_holds("the door", "one")), "though it is free again"

"""Checkpoints in the database: what they see, and what is never signed over."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.checkpoint import EVERY, WANTED, Leaf
from bot.domain.errors import Refused
from storage.engines import database_url as parsed
from tests.promises.logs import noted, redacted, without_guards
from tests.storage.facts import signed


def test_a_checkpoint_sees_the_ends_of_all_timelines_and_which_have_grown(run: Any) -> None:
    run(lambda tx: [noted(tx, number, "behind", f"n{number}") for number in (1, 2)])
    first = run(lambda tx: signed(tx.ends()))
    assert run(lambda tx: tx.keep_checkpoint(first))
    assert run(lambda tx: tx.ends()).grown == []
    run(lambda tx: noted(tx, 2, "better", "n3"))
    ends = run(lambda tx: tx.ends())
    assert [(leaf.stream, leaf.size) for leaf in ends.grown] == [("INC-2", 2)]
    assert (ends.previous, sorted(ends.leaves)) == (first, ["INC-1", "INC-2"])


def test_of_two_checkpoints_of_one_number_the_first_is_kept(run: Any) -> None:
    run(lambda tx: noted(tx, 1, "behind", "n1"))
    first = run(lambda tx: signed(tx.ends()))
    assert [run(lambda tx: tx.keep_checkpoint(first)) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE timeline SET kind = 'x' WHERE seq = 3"],
        ["UPDATE contents SET text = 'x' WHERE seq = 3"],
        ["UPDATE sealed SET head = 'x'"],
        ["UPDATE sealed SET size = 9"],
        ["INSERT INTO chains VALUES ('INC-8', 1, 'x')", "INSERT INTO sealed VALUES ('INC-9', 1, 'x')"],
    ],
)
def test_what_does_not_continue_the_last_checkpoint_is_not_signed(
    statements: list[str], run: Any, database: Any, own_url: str
) -> None:
    run(lambda tx: [noted(tx, 1, "behind", f"n{n}") for n in range(2)])
    run(lambda tx: tx.keep_checkpoint(signed(tx.ends())))
    run(lambda tx: [noted(tx, 1, "better", f"m{n}") for n in range(2)])
    without_guards(database, parsed(own_url))
    engine = sa.create_engine(parsed(own_url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
    with pytest.raises(Refused, match="muster verify"):
        run(lambda tx: tx.ends())


@pytest.fixture
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def own_url(database_url: str) -> str:
    return database_url


def test_every_hundredth_entry_asks_for_a_checkpoint(run: Any) -> None:
    run(lambda tx: [noted(tx, 1, "behind", f"n{n}") for n in range(EVERY - 1)])
    assert run(lambda tx: [one for one in tx.claim(500) if one.job.kind == WANTED.kind]) == []
    run(lambda tx: noted(tx, 1, "behind", "the hundredth"))
    assert [one.job.kind for one in run(lambda tx: tx.claim(500)) if one.job.kind == WANTED.kind] == [WANTED.kind]


def test_words_are_taken_from_wherever_the_database_keeps_them(run: Any) -> None:
    run(lambda tx: [noted(tx, 1, "the password is hunter2", "n1"), noted(tx, 1, "hunter2 again", "n2")])
    run(lambda tx: redacted(tx, 1, 1))
    entry = run(lambda tx: tx.entry("INC-1", 1))
    assert (entry.text, entry.details, entry.is_redacted) == ("(redacted)", {}, True)
    assert run(lambda tx: tx.entry("INC-1", 2)).text.endswith("hunter2 again")
    assert run(lambda tx: tx.verify("INC-1")).is_whole
    assert run(lambda tx: tx.anchored()) == {}
    assert run(lambda tx: tx.sealed_leaves()) == list[Leaf]()

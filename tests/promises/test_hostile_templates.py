"""Mappings: the tier for every change. `python -m tests.promises.hostile_templates --full` is the other."""

from tests.promises import hostile_templates


def test_templates_known_to_hang_or_to_fill_the_memory_do_neither() -> None:
    assert list(hostile_templates.known()) == []


def test_generated_templates_neither_hang_nor_fill_the_memory_nor_get_out() -> None:
    wrong, tally, grown = hostile_templates.tried(0, 100)
    assert wrong == []
    assert tally.rendered > 0
    assert grown < hostile_templates.MOST_MEMORY

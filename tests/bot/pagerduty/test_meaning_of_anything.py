"""Whatever arrives, it is understood or politely not: no other exception leaves the reader."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import Event, ServiceEvent
from bot.domain.incident import Incident
from bot.pagerduty.meaning import READERS, NotUnderstood, understood
from tests.bot.pagerduty.payloads import NAMES, sent, told

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
RETYPED: tuple[Any, ...] = (None, True, 10**30, -1.5, "", "\0", "\ud800", "0001-01-01T00:00:00+14:00", [], [None], {})
NEEDED = ("event", "event.event_type", "event.occurred_at", "event.data")


def survives(body: bytes) -> Event | ServiceEvent | None:
    """What is understood can be told, applied and kept as UTF-8; None when nothing was."""
    try:
        event = understood(body)
    except NotUnderstood:
        return None
    if event is not None:
        assert "\0" not in f"{event.text()}{event.details()}{event.key}{event.by}"
        f"{event.text()}{event.key}{event.by.name}".encode()
    if isinstance(event, Event):
        Incident(1).after(event)
    return event


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from paths(inner, (*path, name))


def without(value: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(value)
    parent = changed
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return changed


def changed_to(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    parent = changed
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = new
    return changed


@given(st.binary())
def test_arbitrary_bytes_are_survived(body: bytes) -> None:
    survives(body)


@given(ANYTHING)
def test_arbitrary_json_is_survived(value: Any) -> None:
    survives(sent(value))


@given(st.sampled_from(sorted(READERS)), ANYTHING, ANYTHING)
def test_arbitrary_data_of_every_kind_is_survived(kind: str, agent: Any, data: Any) -> None:
    event = {"event_type": kind, "occurred_at": "2026-03-14T05:27:01Z", "agent": agent, "data": data}
    survives(sent({"event": event}))


@pytest.mark.parametrize("name", NAMES)
def test_every_member_may_be_missing_or_of_another_type(name: str) -> None:
    whole = told(name)
    for path in paths(whole):
        survives(sent(without(whole, path)))
        for new in RETYPED:
            survives(sent(changed_to(whole, path, new)))


@given(st.sampled_from(NAMES), st.data())
def test_every_member_may_be_anything(name: str, data: st.DataObject) -> None:
    whole = told(name)
    path = data.draw(st.sampled_from(list(paths(whole))))
    survives(sent(changed_to(whole, path, data.draw(ANYTHING))))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pagey.ping"])
@pytest.mark.parametrize("needed", NEEDED)
def test_without_a_member_of_the_envelope_it_is_named(name: str, needed: str) -> None:
    with pytest.raises(NotUnderstood, match=f"^{needed} is missing"):
        understood(sent(without(told(name), tuple(needed.split(".")))))


def test_values_nested_as_deep_as_json_goes_are_survived() -> None:
    deep = "[" * 400 + "]" * 400
    body = sent(told("incident.custom_field_values.updated")).replace(b'"low"', deep.encode())
    assert survives(body) is not None
    changed = body.replace(b'"changed_custom_fields"', b'"left_out"')
    event = survives(changed)
    assert event is not None
    assert "tide to (a structure)" in event.text()

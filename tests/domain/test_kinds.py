"""Every kind of fact: its name is its own for ever, it can be told in a sentence, and it can be stored."""

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from bot.domain.events import INCIDENT_KINDS, SERVICE_KINDS, Event, ServiceEvent
from bot.domain.events.event import COMMON, SERVICE_COMMON
from tests.domain.samples import SAMPLES, SERVICE_SAMPLES

KINDS: list[type[Event] | type[ServiceEvent]] = [*INCIDENT_KINDS, *SERVICE_KINDS]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
each_sample = pytest.mark.parametrize("event", [*SAMPLES, *SERVICE_SAMPLES], ids=lambda event: event.kind)


def below(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


@pytest.mark.parametrize("kinds", [INCIDENT_KINDS, SERVICE_KINDS])
def test_no_two_kinds_share_a_name(kinds: Sequence[Any]) -> None:
    names = [kind.kind for kind in kinds]
    assert sorted(set(names)) == sorted(names)


def test_what_has_one_name_on_all_timelines_has_the_same_details() -> None:
    shared = [(one, other) for one in INCIDENT_KINDS for other in SERVICE_KINDS if one.kind == other.kind]
    assert [one.kind for one, _ in shared] == ["entry.redacted"]
    assert all(_details(one) == _details(other) for one, other in shared)


def _details(kind: type[Any]) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - COMMON - SERVICE_COMMON


@pytest.mark.parametrize("root", [Event, ServiceEvent])
def test_every_kind_that_has_a_name_is_listed(root: type[Any]) -> None:
    named = {kind for kind in below(root) if "kind" in vars(kind)}
    assert named == {kind for kind in KINDS if issubclass(kind, root)}


@each_kind
def test_a_name_is_written_out_where_the_kind_is_and_not_made_of_the_class(kind: type[Event]) -> None:
    assert "kind" in vars(kind)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+", kind.kind)


@each_kind
def test_a_fact_cannot_be_changed(kind: type[Event]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


@each_sample
def test_every_kind_can_be_told_in_one_line(event: Event | ServiceEvent) -> None:
    assert event.text().strip()
    assert "\n" not in event.text()


@each_sample
def test_every_kind_can_be_stored_without_what_all_have_in_common(event: Event | ServiceEvent) -> None:
    details = to_jsonable_python(event.details())
    assert json.loads(json.dumps(details)) == details
    assert not set(details) & (COMMON | {"kind"})

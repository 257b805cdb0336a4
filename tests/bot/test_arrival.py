"""What is known of a signal on its way in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.signal import Signal
from bot.domain.source import SourceSettings, Verification
from bot.receiving.arrival import Arrival
from bot.sources import ADAPTERS
from bot.sources.source import opened

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("decided", "usual", "seconds"), [(None, None, None), (None, 60, 60), (30, 60, 30), (30, None, 30), (0, 60, None)]
)
def test_an_alert_is_out_of_time_when_the_operator_says_else_when_its_adapter_does(
    decided: int | None, usual: int | None, seconds: int | None
) -> None:
    settings = SourceSettings("flows", "prefect", Verification(none=True), auto_resolve_timeout=decided)
    signal = Signal(action="trigger", dedup_key="d", auto_resolve_timeout=usual)
    arrival = Arrival(opened(settings, ADAPTERS), signal, None, "key", NOW, 1)
    assert arrival.auto_resolve_at == (NOW + timedelta(seconds=seconds) if seconds else None)


def test_what_the_source_did_not_say_is_said_in_our_name() -> None:
    settings = SourceSettings("flows", "prefect", Verification(none=True))
    arrival = Arrival(opened(settings, ADAPTERS), Signal(action="resolve"), None, "key", NOW, 1)
    assert (arrival.actor.name, replace(arrival, ours=True).actor.name) == ("Prefect", "Muster")

"""Where a signal goes: to the route that the request names, else to the first whose condition holds."""

import logging

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Signal
from bot.sources import Source
from bot.sources.work import limited
from tests.bot.sources.given import received, source

ROUTES = """
routes:
  - {name: db, service: Databases, when: signal.severity == 'critical' and signal.component == 'db', severity: error}
  - {name: quiet, integration_key: K, severity: info, when: "'test' in signal.tags"}
  - {name: detail, service: Detail, when: signal.custom_details.team == 'x'}
  - {name: rest, service: Rest}
map: {summary: s}
"""


def sent(there: Source, signal: Signal, to: str | None = None) -> tuple[str | None, str | None]:
    route, gone = there.route(signal, to)
    return (route.name if route else None), gone.severity


def test_the_first_condition_that_holds_decides_and_may_weigh_anew() -> None:
    there = source(ROUTES)
    critical = Signal(action="trigger", severity="critical", component="db")
    assert sent(there, critical) == ("db", "error")
    assert sent(there, Signal(action="trigger", severity="critical", tags=("test",))) == ("quiet", "info")
    assert sent(there, Signal(action="trigger", severity="warning", custom_details={"team": "x"})) == ("detail",
        "warning")
    assert sent(there, Signal(action="trigger", severity="warning")) == ("rest", "warning")
    assert sent(there, Signal(action="change")) == ("rest", None)


def test_a_request_may_name_its_route() -> None:
    there = source(ROUTES)
    assert sent(there, Signal(action="trigger", severity="critical", component="db"), "rest") == ("rest", "critical")
    assert sent(there, Signal(action="trigger", severity="critical", component="db"), "unknown") == ("db", "error")


def test_several_severities_share_one_integration_key() -> None:
    """A system with one key for all it says, and a route for each weight."""
    there = source("""
routes:
  - {name: page, integration_key: K, severity: critical}
  - {name: look, integration_key: K, severity: warning}
map: {summary: s, severity: error}
""")
    [signal], _ = there.signals(received({}))
    assert [sent(there, signal, name) for name in ("page", "look")] == [("page", "critical"), ("look", "warning")]
    assert {route.integration_key for route in there.settings.routes} == {"K"}


def test_a_condition_that_cannot_be_told_does_not_hold_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    there = source(ROUTES)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert sent(there, Signal(action="trigger", severity="warning")) == ("rest", "warning")
    [line] = [record.getMessage() for record in caplog.records]
    assert line == (
        "a condition of the source backup-cron counts as not holding: "
        "routes.detail.when, line 1: 'signal.custom_details.team' is undefined"
    )


def test_the_conditions_of_a_request_have_one_limit_together() -> None:
    """Else five hundred signals could cost five hundred times as much, in a transaction that others wait for."""
    there = source("""
routes: [{name: all, service: S, when: signal.custom_details.much|upper != ''}]
map: {summary: s}
""")
    said = Signal(action="trigger", summary="x", custom_details={"much": "y" * 100_000})
    with limited(300_000) as work:
        assert [sent(there, said)[0] for _ in range(3)] == ["all", None, None]
    assert work.left < 0


def test_what_nobody_could_read_goes_somewhere_even_if_no_condition_is_about_it() -> None:
    there = source("route: {service: Db, when: signal.component == 'db'}\nmap: {summary: '{{ body.a }}'}")
    [signal], complaint = there.signals(received({}))
    assert complaint
    assert sent(there, signal) == ("", "error")
    assert sent(there, Signal(action="trigger", severity="error")) == (None, "error")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("signal.severity = 'x'", "route.when, line 1: something stands behind the expression"),
        ("body.a", "route.when, line 1: there is no 'body'; there are signal"),
        ("signal.severity ==", "route.when, line 1: unexpected 'end of template'"),
    ],
)
def test_a_condition_that_cannot_be_read_is_told_at_the_start(when: str, said: str) -> None:
    with pytest.raises(Misuse) as told:
        source(f'route: {{service: Db, when: "{when}"}}\nmap: {{summary: s}}')
    assert str(told.value) == f"sources.backup-cron: {said}"

"""Anything that can POST: the operator says in muster.yaml what its bodies mean; docs/sources/generic.md tells how."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.signal import Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Setup, Unmapped
from bot.sources.bodies import body_of
from bot.sources.formula import Expression, Variables
from bot.sources.lint import complaints
from bot.sources.mapping import NAMES, SignalMap
from bot.sources.members import expression
from bot.sources.trials import passed
from bot.sources.work import STEP, Exhausted, limited, spend

OPTIONS = frozenset({"each", "when", "map", "tests"})
MOST_SIGNALS = 1_000
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Generic:
    """One source's mapping. Misuse when it makes no sense or one of its own tests fails."""

    def __init__(self, settings: SourceSettings) -> None:
        told = settings.options
        if strange := sorted(set(told) - OPTIONS):
            there = ", ".join(sorted(OPTIONS))
            raise Misuse(f"{', '.join(strange)}: a generic source has no such setting; it has {there}")
        self.map = SignalMap(told.get("map"), settings)
        self.each = _expression(told, "each")
        self.when = _expression(told, "when")

    def signals(self, received: Received) -> Sequence[Signal]:
        return self._made(received, self.map.signal)

    def glimpse(self, received: Received) -> Sequence[Signal]:
        return self._made(received, self.map.glimpse)

    def _made(self, received: Received, make: Callable[[Variables], Signal]) -> Sequence[Signal]:
        body = body_of(received)
        try:
            with limited():
                made = [make(one) for one in self._items(received, body) if self._holds(one)]
        except Exhausted as error:
            raise Unmapped(str(error)) from error
        return made or [Signal(action="ignore", reason="`each` is empty or `when` does not hold")]

    def _items(self, received: Received, body: Any) -> Iterator[Variables]:
        headers = {name: value for name, value in received.headers.items() if name not in SECRET_HEADERS}
        whole: Variables = {
            "request": body, "body": body, "item": body, "headers": headers,
            "received_at": received.received_at.isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
        found = self.each.or_nothing(whole) if self.each else None
        if found is None:
            yield whole
            return
        items = found if isinstance(found, list | tuple) else [found]
        if len(items) > MOST_SIGNALS:
            raise Unmapped(f"each: there are {len(items)}, and one request can give {MOST_SIGNALS} signals")
        for item in items:
            yield {**whole, "item": item, "body": _over(body, item)}

    def _holds(self, variables: Variables) -> bool:
        return bool(self.when.of(variables)) if self.when else True


def _over(body: Any, item: Any) -> Any:
    """Of a list of objects `body` is the one in turn; what that lacks is looked for in the whole."""
    if not isinstance(item, dict):
        return body
    if not isinstance(body, dict):
        return item
    spend(STEP + len(body))
    return {**body, **item}


def _expression(told: Mapping[str, Any], name: str) -> Expression | None:
    return expression(told[name], name, NAMES) if name in told else None


def mapper(settings: SourceSettings) -> Mapper:
    made = Generic(settings)
    passed(settings.options.get("tests"), made.signals)
    return made.signals


def glimpse(settings: SourceSettings) -> Mapper:
    return Generic(settings).glimpse


def lint(settings: SourceSettings) -> Sequence[str]:
    return complaints(Generic(settings).map.members)


def setup(setup: Setup) -> str:
    return (
        f"Let it POST to\n  {setup.url}/in/{setup.name}\nwith the header\n  Authorization: Bearer {setup.secret}\n"
        "JSON, a form or plain text; what it means is said under `map:` of this source in muster.yaml. To try it:\n"
        f"  curl -sS {setup.url}/in/{setup.name} -H 'Authorization: Bearer {setup.secret}' \\\n"
        "    -H 'Content-Type: application/json' -d '{\"state\": \"failed\", \"host\": \"db1\"}'\n"
    )


ADAPTER = Adapter(name="generic", title="Generic", mapper=mapper, setup=setup, doubts=lint, glimpse=glimpse)

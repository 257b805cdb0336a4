"""The sources there are: those of muster.yaml, and what was decided about them while Muster ran."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.source import Route, SourceSettings, Verification
from bot.sources import ADAPTERS, Source, opened, warnings
from bot.sources.naming import id_of

EVENTS = "events-v2"


class Roster:
    """Misuse at once when the settings of a source make no sense.

    `keys` are integration keys by their service. Whoever has one of them may send with it, at the doors that look like
    PagerDuty's own; to the rest of Muster that is a source too, whose name no address can have.
    """

    def __init__(self, settings: Sequence[SourceSettings], keys: Mapping[str, str] | None = None) -> None:
        self._written = {one.name: opened(one, ADAPTERS) for one in settings}
        self._by_key: dict[str, Source] = {}
        for key, source in _keyed([self._written[one.name] for one in settings], keys or {}):
            self._by_key.setdefault(id_of(key), source)
        self._all = {**{source.name: source for source in self._by_key.values()}, **self._written}

    def source(self, name: str, state: Mapping[str, Any] | None) -> Source | None:
        """`state`: what the database says of it. None: there is none, or it was removed."""
        if state and state.get("removed"):
            return None
        return self._all.get(name)

    def with_key(self, routing_key: str) -> Source | None:
        """Whose routing key this is; None: nobody's."""
        return self._by_key.get(id_of(routing_key))

    @property
    def names(self) -> list[str]:
        return sorted(self._written)

    def warnings(self) -> list[str]:
        """What is likely a mistake, a sentence each that begins with the source."""
        return [f"sources.{name}: {said}" for name in self.names for said in warnings(self._written[name])]

    def needed(self, name: str, state: Mapping[str, Any] | None) -> Source:
        found = self.source(name, state)
        if found is None:
            raise Misuse(f"There is no source {name}. There are: {', '.join(self.names) or 'none yet'}.")
        return found


def _keyed(written: Sequence[Source], keys: Mapping[str, str]) -> Iterator[tuple[str, Source]]:
    """Keys of sources that speak PagerDuty's language go first, then services' own, then those of routes."""
    for source in written:
        if source.adapter.name == EVENTS:
            yield from ((key, source) for key in source.settings.verification.routing_key)
    for name, key in keys.items():
        yield key, _door(name, Route(service=name, integration_key=key), key)
    for source in written:
        for nth, route in enumerate(source.settings.routes, 1):
            if key := route.integration_key or "":
                name = source.name if len(source.settings.routes) == 1 else f"{source.name}.{route.name or nth}"
                yield key, _door(name, Route(integration_key=key), key)


def _door(name: str, route: Route, key: str) -> Source:
    settings = SourceSettings(f"events:{name}", EVENTS, Verification(routing_key=(key,)), (route,))
    return opened(settings, ADAPTERS)

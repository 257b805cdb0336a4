"""The sources there are: those of muster.yaml, and what was decided about them while Muster ran."""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.domain.connecting import routes_in
from bot.domain.errors import Misuse, Refused
from bot.domain.source import Catalogue, Kind, Route, SourceSettings, Verification, id_of
from bot.proof.vault import Vault
from bot.sources import ADAPTERS, Source, opened, warnings
from bot.sources.proof import proof_of, proving
from bot.sources.verify import any_same

log = logging.getLogger(__name__)

EVENTS = "events-v2"
State = Mapping[str, Any]


class Roster:
    """Misuse at once when the settings of a source make no sense. `vault`: opens the secrets of those that were made
    while Muster ran.

    `keys` are integration keys by their service. Whoever has one of them may send with it, at the doors that look like
    PagerDuty's own; to the rest of Muster that is a source too, whose name no address can have.
    """

    def __init__(
        self, settings: Sequence[SourceSettings], vault: Callable[[], Vault | None] = lambda: None,
        keys: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._written = {one.name: opened(one, ADAPTERS) for one in settings}
        self._vault = vault
        self._decided: dict[str, tuple[State, Source | None]] = {}
        self._by_key: dict[str, Source] = {}
        taken = set(self._written)
        for key, source in _keyed(list(self._written.values()), keys or {}):
            if id_of(key) not in self._by_key:
                alike = source.name in taken and source.name not in self._written
                self._by_key[id_of(key)] = _renamed(source, key) if alike else source
                taken.add(source.name)
        self._doors = {source.name: source for source in self._by_key.values()}

    def source(self, name: str, state: State | None) -> Source | None:
        """`state`: what the database says of it. None: there is none, or it was removed."""
        if not state:
            return self._written.get(name) or self._doors.get(name)
        if state.get("removed"):
            return None
        known = self._decided.get(name)
        if known is None or known[0] != state:
            known = self._decided[name] = (state, self._opened(name, state))
        return known[1]

    def with_key(self, routing_key: str, states: Mapping[str, State]) -> Source | None:
        """Whose routing key this is, in muster.yaml or by what was decided since; None: nobody's."""
        found = self._by_key.get(id_of(routing_key))
        if found is not None:
            return found
        made = (self.source(name, state) for name, state in states.items())
        return next((one for one in made if one and any_same(routing_key, one.settings.verification.routing_key)), None)

    @functools.cached_property
    def catalogue(self) -> Catalogue:
        """For whoever may only know of sources, not run them: the adapters that work without settings of their own."""
        kinds = {}
        for name, adapter in ADAPTERS.items():
            with suppress(Misuse):
                adapter.mapper(SourceSettings("new", name))
                kinds[name] = Kind(adapter.title, proof_of(adapter))
        return Catalogue(kinds, frozenset(self._written))

    @property
    def names(self) -> list[str]:
        """Those of muster.yaml."""
        return sorted(self._written)

    def warnings(self) -> list[str]:
        """What is likely a mistake, a sentence each that begins with the source."""
        return [f"sources.{name}: {said}" for name in self.names for said in warnings(self._written[name])]

    def needed(self, name: str, state: State | None) -> Source:
        found = self.source(name, state)
        if found is None:
            raise Misuse(f"There is no source {name}; `sources list` shows which there are.")
        return found

    def _opened(self, name: str, state: State) -> Source | None:
        written = self._written.get(name)
        settings = written.settings if written else self._made(name, state)
        if settings is None:
            return None
        made = (_route(one) for one in routes_in(state))
        return opened(replace(settings, routes=(*settings.routes, *made)), ADAPTERS)

    def _made(self, name: str, state: State) -> SourceSettings | None:
        adapter = ADAPTERS.get(str(state.get("adapter")))
        if adapter is None:
            return None
        return SourceSettings(name, adapter.name, proving(adapter, self._secrets(name, state)))

    def _secrets(self, name: str, state: State) -> tuple[str, ...]:
        vault = self._vault()
        try:
            return tuple(vault.opened(one) for one in state.get("secrets", [])) if vault else ()
        except Refused as refusal:
            log.error("Nothing that %s sends is believed: its secret cannot be read, for %s", name, refusal)  # noqa: TRY400
            return ()


def _route(made: Mapping[str, Any]) -> Route:
    return Route(made["name"], made["service"], key_id=made["key_id"], account=made.get("account"))


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
                yield key, _door(name, Route(integration_key=key, region=route.region, account=route.account), key)


def _door(name: str, route: Route, key: str) -> Source:
    settings = SourceSettings(f"events:{name}", EVENTS, Verification(routing_key=(key,)), (route,))
    return opened(settings, ADAPTERS)


def _renamed(source: Source, key: str) -> Source:
    """Another of the same name, told apart by its key."""
    settings = replace(source.settings, name=f"{source.name}.{id_of(key)[:8]}")
    return opened(settings, ADAPTERS)

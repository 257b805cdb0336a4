"""The sources there are: those of muster.yaml, and what was decided about them while Muster ran."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.domain.connecting import routes_in
from bot.domain.errors import Misuse, Refused
from bot.domain.source import Catalogue, Kind, Route, SourceSettings
from bot.proof.vault import Vault
from bot.sources import ADAPTERS, Source, opened
from bot.sources.proof import proof_of, proving

log = logging.getLogger(__name__)

State = Mapping[str, Any]


class Roster:
    """Misuse at once when the settings of a source make no sense. `vault`: opens the secrets of those that were made
    while Muster ran."""

    def __init__(self, settings: Sequence[SourceSettings], vault: Callable[[], Vault | None] = lambda: None) -> None:
        self._written = {one.name: opened(one, ADAPTERS) for one in settings}
        self._vault = vault
        self._decided: dict[str, tuple[State, Source | None]] = {}

    def source(self, name: str, state: State | None) -> Source | None:
        """`state`: what the database says of it. None: there is none, or it was removed."""
        if not state:
            return self._written.get(name)
        if state.get("removed"):
            return None
        known = self._decided.get(name)
        if known is None or known[0] != state:
            known = self._decided[name] = (state, self._opened(name, state))
        return known[1]

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

    def needed(self, name: str, state: State | None) -> Source:
        found = self.source(name, state)
        if found is None:
            raise Misuse(f"There is no source {name}. There are: {', '.join(self.names) or 'none yet'}.")
        return found

    def _opened(self, name: str, state: State) -> Source | None:
        written = self._written.get(name)
        settings = written.settings if written else self._made(name, state)
        if settings is None:
            return None
        made = (Route(one["name"], one["service"], key_id=one["key_id"]) for one in routes_in(state))
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

"""The sources there are: those of muster.yaml, and what was decided about them while Muster ran."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.source import SourceSettings
from bot.sources import ADAPTERS, Source, opened, warnings


class Roster:
    """Misuse at once when the settings of a source make no sense."""

    def __init__(self, settings: Sequence[SourceSettings]) -> None:
        self._written = {one.name: opened(one, ADAPTERS) for one in settings}

    def source(self, name: str, state: Mapping[str, Any] | None) -> Source | None:
        """`state`: what the database says of it. None: there is none, or it was removed."""
        if state and state.get("removed"):
            return None
        return self._written.get(name)

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

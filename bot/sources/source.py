"""A source as it works: its settings, its adapter, and what they make of a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.errors import Misuse
from bot.domain.signal import Signal
from bot.domain.source import AfterResolve, Route, SourceSettings
from bot.sources import trials
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Unmapped
from bot.sources.conditions import Condition, condition
from bot.sources.naming import unmapped_key
from bot.sources.verify import Request, is_genuine

MOST_SIGNALS = 500  # of one request, which is read in one transaction that others wait for
EXCERPT = 2_000  # characters of a body that nobody could map


@dataclass(frozen=True)
class Source:
    settings: SourceSettings
    adapter: Adapter
    mapper: Mapper
    conditions: Mapping[Route, Condition]
    glimpse: Mapper

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The adapter's own, else those of the tests beside the mapping."""
        return self.adapter.samples or trials.samples(self.settings.options.get("tests"))

    @property
    def route_names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.settings.routes if one.name)

    @property
    def after_resolve(self) -> AfterResolve:
        return self.settings.on_update_after_resolve or self.adapter.on_update_after_resolve

    def believes(self, request: Request) -> bool:
        return is_genuine(request, self.settings.verification)

    def key(self, received: Received) -> str | None:
        """The sender's own name of this request; None: it has none, and each is another."""
        try:
            return self.adapter.key(received)
        except Unmapped:
            return None

    def signals(self, received: Received) -> tuple[Sequence[Signal], str | None]:
        """What was said, and what was wrong with it: nothing that came is dropped, so what cannot be mapped is said as
        far as it can be."""
        try:
            found = self.mapper(received)
        except Unmapped as complaint:
            return [*complaint.signals, unmapped(self.name, received, str(complaint))], str(complaint)
        if len(found) <= MOST_SIGNALS:
            return found, None
        too_many = f"it holds {len(found)} signals; only the first {MOST_SIGNALS} of a request are taken"
        return [*found[:MOST_SIGNALS], unmapped(self.name, received, too_many)], too_many

    def glimpsed(self, received: Received) -> Sequence[Signal]:
        """The same signals, of which only action and dedup_key need be there: what a sender is answered."""
        try:
            return self.glimpse(received)
        except Unmapped as complaint:
            return [unmapped(self.name, received, str(complaint))]

    def route(self, signal: Signal, wanted: str | None = None) -> tuple[Route | None, Signal]:
        """Where it goes, and the signal as it goes there; None: nowhere."""
        named = [one for one in self.settings.routes if wanted and one.name == wanted]
        chosen = next((one for one in named or self.settings.routes if self._holds(one, signal)), None)
        if chosen is None and signal.dedup_key == unmapped_key(self.name):
            chosen = next(iter(self.settings.routes), None)  # nothing can be said of it, so no condition is about it
        if chosen is None or chosen.severity is None or signal.severity is None:
            return chosen, signal
        return chosen, replace(signal, severity=chosen.severity)

    def _holds(self, route: Route, signal: Signal) -> bool:
        return route not in self.conditions or self.conditions[route].holds(signal)


def unmapped(name: str, received: Received, complaint: str) -> Signal:
    """One alert for all that a source sends and nobody can read, until somebody mends the mapping."""
    excerpt = received.body[:EXCERPT].decode("utf-8", "replace")
    return Signal(
        action="trigger", dedup_key=unmapped_key(name), summary=f"{name}: something was sent that cannot be read",
        severity="error", source=name, custom_details={"complaint": complaint, "body": excerpt},
    )  # fmt: skip


def warnings(source: Source) -> list[str]:
    """What is likely a mistake in its settings, a sentence each."""
    return list(source.adapter.doubts(source.settings))


def opened(settings: SourceSettings, adapters: Mapping[str, Adapter]) -> Source:
    """Misuse when the settings make no sense, naming the source."""
    adapter = adapters.get(settings.adapter)
    if adapter is None:
        known = ", ".join(sorted(adapters))
        raise Misuse(f"sources.{settings.name}: there is no adapter {settings.adapter!r}; there are {known}.")
    try:
        conditions = {route: condition(route, settings.name) for route in settings.routes if route.when}
        mapper = adapter.mapper(settings)
        glimpse = adapter.glimpse(settings) if adapter.glimpse else mapper
        return Source(settings, adapter, mapper, conditions, glimpse)
    except Misuse as misuse:
        raise Misuse(f"sources.{settings.name}: {misuse}") from misuse

"""Which incidents deserve a war room, and what kind of room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.connecting import is_verifying
from bot.domain.incident import Incident


@dataclass(frozen=True)
class Rule:
    """Applies to incidents of any of these services and teams (PagerDuty id or name; empty: all).

    A room is deserved when the urgency or the priority's name is among those listed.
    """

    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ("high",)
    priorities: tuple[str, ...] = ("P1", "P2")
    room: bool = True
    private: bool = False
    invite: tuple[str, ...] = ()  # Slack user ids, user group ids or handles, or e-mail addresses
    announce: str | None = None  # channel id or name
    name: str = "inc-{number}-{slug}"
    archive_after_hours: float = 24.0
    changes_hours: float = 4.0

    def covers(self, incident: Incident) -> bool:
        services = {incident.service.id, incident.service.summary} if incident.service else set()
        teams = {name for team in incident.teams for name in (team.id, team.summary)}
        return _any_of(self.services, services) and _any_of(self.teams, teams)

    def reason(self, incident: Incident) -> str | None:
        """Why this incident deserves a room under this rule; None: it does not."""
        if incident.declared_by:
            return f"declared by {incident.declared_by.name}"
        if incident.promoted and incident.promoted.by.kind == "responder":
            return f"{incident.promoted.by.name} wanted a room of its own"
        if incident.is_umbrella:
            return "related incidents share it"
        if not self.room:
            return None
        if incident.priority and incident.priority.summary in self.priorities:
            return f"priority {incident.priority.summary}"
        return f"{incident.urgency} urgency" if incident.urgency in self.urgencies else None


@dataclass(frozen=True)
class ServiceNotes:
    """What the operator knows of a service and responders want at hand."""

    runbook: str | None = None
    bridge: str | None = None


@dataclass(frozen=True)
class Storm:
    """More than `incidents` related ones within `minutes` share a room, called by the template `name`.

    Those whose priority is named in `own_room_for` never share, and go before all others.
    """

    on: bool = True
    incidents: int = 10
    minutes: float = 2.0
    related: Literal["team", "service", "all"] = "team"
    own_room_for: tuple[str, ...] = ("P1",)
    name: str = "storm-{number}-{slug}"


@dataclass(frozen=True)
class SourceRule:
    """What else is done for incidents of a source: whom to invite, and whether the source hears of acknowledgements."""

    assign: tuple[str, ...] = ()
    writes_back: bool = False


@dataclass(frozen=True)
class Routing:
    """The operator's rules; the first that covers an incident decides, and the default covers the rest."""

    rules: tuple[Rule, ...] = ()
    default: Rule = field(default_factory=Rule)
    services: Mapping[str, ServiceNotes] = field(default_factory=dict)  # by PagerDuty id or name, case-folded
    storm: Storm = field(default_factory=Storm)
    own_key: str = ""  # the incident_key of the alarm about Muster itself
    sources: Mapping[str, SourceRule] = field(default_factory=dict)  # by name; empty: nothing signals

    def rule(self, incident: Incident) -> Rule:
        return next((rule for rule in self.rules if rule.covers(incident)), self.default)

    def notes(self, incident: Incident) -> ServiceNotes:
        """What is written down about the incident's service."""
        if incident.service is None:
            return ServiceNotes()
        found = (self.services.get(name.casefold()) for name in (incident.service.id, incident.service.summary))
        return next((notes for notes in found if notes), ServiceNotes())

    def assigned(self, incident: Incident) -> tuple[str, ...]:
        """Whom the sources of its alerts name."""
        rules = [self.sources[one.source] for one in incident.alerts if one.source in self.sources]
        return tuple(dict.fromkeys(who for rule in rules for who in rule.assign))

    def writes_back(self, source: str) -> bool:
        return source in self.sources and self.sources[source].writes_back

    def why_a_room(self, incident: Incident) -> str | None:
        """None for the alarm about Muster itself, unless a rule names its case: one more room to be late with. None,
        too, for what only proves an integration key."""
        if is_verifying(incident.incident_key):
            return None
        if self._is_own(incident) and not self._names_its_case(incident):
            return None
        return self.rule(incident).reason(incident)

    def _names_its_case(self, incident: Incident) -> bool:
        return any(rule.covers(incident) for rule in self.rules if rule.services or rule.teams)

    def _is_own(self, incident: Incident) -> bool:
        return bool(self.own_key) and incident.incident_key == self.own_key

    def goes_first(self, incident: Incident) -> bool:
        """Whether its room goes before all others, and is never shared."""
        is_named = incident.priority is not None and incident.priority.summary in self.storm.own_room_for
        return is_named or incident.promoted is not None

    def deserves_its_own(self, incident: Incident) -> bool:
        """Even in a storm; whoever declares in Slack waits for a room too."""
        return self.goes_first(incident) or incident.declared_by is not None

    def room_template(self, incident: Incident) -> str:
        return self.storm.name if incident.is_umbrella else self.rule(incident).name


def _any_of(wanted: tuple[str, ...], have: set[str]) -> bool:
    return not wanted or bool({name.casefold() for name in wanted} & {name.casefold() for name in have})

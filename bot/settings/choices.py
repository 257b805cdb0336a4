"""The shape of muster.yaml: what the operator decides that is neither a secret nor one value."""

import re
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.errors import Misuse
from bot.domain.job import LEASE
from bot.domain.routing import Rule, Storm
from bot.settings.accounts import AccountChoices
from bot.settings.rules import CommandNames, Groups, Rules
from bot.settings.sources import SourceChoices

WIDTH = re.compile(r"[^{}0-9]*[0-9]{0,2}[^{}0-9]*")  # of a field in a template: wider fills the memory


class Strict(BaseModel):
    """A word nobody knows is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _template(name: str) -> str:
    """The template of a room's name; ValueError for what cannot be filled in."""
    try:
        wide = any(not WIDTH.fullmatch(spec or "") for _, _, spec, _ in Formatter().parse(name))
        if not wide:
            name.format(number=1, slug="s", service="s", date="20260101")
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(f"can use {{number}}, {{slug}}, {{service}} and {{date}}, but not {error}") from error
    if wide:
        raise ValueError("can pad to at most 99 characters, as in {slug:_<20}")
    if "{number}" not in name:
        raise ValueError("must contain {number}, so that two incidents never want the same name")
    return name


class RoomRule(Strict):
    """One entry of `routing:`; see docs/operating.md."""

    services: list[str] = []
    teams: list[str] = []
    urgencies: list[Literal["high", "low"]] = ["high"]
    priorities: list[str] = ["P1", "P2"]
    room: bool = True
    private: bool = False
    invite: list[str] = []
    announce: str | None = None
    name: str = "inc-{number}-{slug}"
    archive_after_hours: float = Field(default=24.0, ge=0, le=24 * 366)
    changes_hours: float = Field(default=4.0, gt=0, le=24 * 7)

    @field_validator("name")
    @classmethod
    def _is_a_template(cls, name: str) -> str:
        return _template(name)

    def rule(self) -> Rule:
        given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in self}
        return Rule(**given)


class StormRule(Strict):
    """`storm:`; see docs/operating.md."""

    on: bool = True
    incidents: int = Field(default=10, ge=1)
    minutes: float = Field(default=2.0, gt=0, le=24 * 60)
    related: Literal["team", "service", "all"] = "team"
    own_room_for: list[str] = ["P1"]
    name: str = "storm-{number}-{slug}"

    @field_validator("name")
    @classmethod
    def _is_a_template(cls, name: str) -> str:
        return _template(name)

    def storm(self) -> Storm:
        given: dict[str, Any] = {**dict(self), "own_room_for": tuple(self.own_room_for)}
        return Storm(**given)


class Service(Strict):
    """One entry of `services:`, under the service's PagerDuty id or name."""

    runbook: str | None = None
    bridge: str | None = None
    integration_key: str | None = Field(default=None, repr=False)
    integration_key_file: Path | None = None

    def key(self, name: str) -> str | None:
        """`name`: of the service, for who must mend the file."""
        return _key(self.integration_key, self.integration_key_file, f"services.{name}")


class Watch(Strict):
    """`watch:`, the Events API v2 integration that hears of trouble of Muster's own."""

    integration_key: str | None = Field(default=None, repr=False)
    integration_key_file: Path | None = None

    def key(self) -> str:
        return _key(self.integration_key, self.integration_key_file, "watch") or ""


class AnchorChoices(Strict):
    """`anchors:`, where checkpoints go. Left out: beside the database, and where incidents are announced by default."""

    file: str | Literal[False] | None = None
    slack: str | Literal[False] | None = None
    pagerduty: bool = False
    syslog: str | None = None


class Choices(Strict):
    """muster.yaml as a whole."""

    routing: list[RoomRule] = []
    default: RoomRule = RoomRule()
    storm: StormRule = StormRule()
    services: dict[str, Service] = {}
    people: dict[str, str] = {}  # Slack user id → PagerDuty e-mail, where the two worlds differ
    anchors: AnchorChoices = AnchorChoices()
    commands: CommandNames = {}  # further names, e.g. incident: [/inc]
    policy: Rules = {}  # verb → who may, where that differs from the table in docs/operating.md
    admins: Groups = []  # user groups whose members administer Muster, besides Slack's own admins
    watch: Watch = Watch()
    sources: SourceChoices = {}  # systems that may signal, by the name in their address
    accounts: AccountChoices = {}  # other PagerDuty accounts, to whose services sources may lead
    lease_seconds: float = Field(default=LEASE, ge=2, le=60)  # after which a dead replica's work is another's

    @model_validator(mode="after")
    def _routes_lead_to_accounts(self) -> Self:
        for name, source in self.sources.items():
            for route in source.all_routes:
                if route.account and route.account not in self.accounts:
                    raise ValueError(f"sources.{name} leads to the account {route.account}, which accounts: lacks")
        return self

    def service_keys(self) -> dict[str, str]:
        """By the service's PagerDuty id or name, as it is written. Misuse when a file of one cannot be read."""
        found = {name: service.key(name) for name, service in self.services.items()}
        return {name: key for name, key in found.items() if key}

    def integration_keys(self) -> dict[str, str]:
        """The same, case-folded."""
        return {name.casefold(): key for name, key in self.service_keys().items()}

    def key_files(self) -> tuple[Path, ...]:
        files = [self.watch.integration_key_file, *(one.integration_key_file for one in self.services.values())]
        return tuple(file for file in files if file)


def _key(said: str | None, file: Path | None, whose: str) -> str | None:
    """Misuse, saying whose it is, when the file holds none."""
    if file is None:
        return said
    named_by = f"{whose}.integration_key_file in muster.yaml"
    key = content(str(file), named_by).strip()
    if not key:
        raise Misuse(f"{named_by} names {file}, which is empty.")
    return key


def content(path: str, named_by: str) -> str:
    """Of a file the operator named; Misuse, saying by what, when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise Misuse(f"{named_by} names {path}, which cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Misuse(f"{named_by} names {path}, which is no text in UTF-8.") from error

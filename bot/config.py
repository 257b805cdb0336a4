"""What the operator decides: the environment for secrets and single values, muster.yaml for the rest.

The only reader of the environment. Read once, at start, and handed on in pieces.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot.domain.errors import Misuse
from bot.domain.job import LEASE
from bot.domain.policy import Policy
from bot.domain.routing import Routing, Rule, ServiceNotes, Storm
from bot.rules import CommandNames, Groups, Rules, every_name

REGIONS = {
    "us": ("https://api.pagerduty.com", "https://events.pagerduty.com"),
    "eu": ("https://api.eu.pagerduty.com", "https://events.eu.pagerduty.com"),
}


SECRETS = (
    "DATABASE_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "PAGERDUTY_API_TOKEN",
    "PAGERDUTY_WEBHOOK_SECRETS", "MUSTER_WATCH_KEY",
)  # fmt: skip
"""Each may also come from a file: NAME_FILE."""


class Strict(BaseModel):
    """A word nobody knows is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _template(name: str) -> str:
    """The template of a room's name; ValueError for what cannot be filled in."""
    try:
        name.format(number=1, slug="s", service="s", date="20260101")
    except (AttributeError, KeyError, IndexError, ValueError) as error:
        raise ValueError(f"can use {{number}}, {{slug}}, {{service}} and {{date}}, but not {error}") from error
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
    archive_after_hours: float = Field(default=24.0, ge=0)
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

    def key(self) -> str | None:
        return _key(self.integration_key, self.integration_key_file)


class Watch(Strict):
    """`watch:`, the Events API v2 integration that hears of trouble of Muster's own."""

    integration_key: str | None = Field(default=None, repr=False)
    integration_key_file: Path | None = None

    def key(self) -> str:
        return _key(self.integration_key, self.integration_key_file) or ""


class Choices(Strict):
    """muster.yaml as a whole."""

    routing: list[RoomRule] = []
    default: RoomRule = RoomRule()
    storm: StormRule = StormRule()
    services: dict[str, Service] = {}
    people: dict[str, str] = {}  # Slack user id → PagerDuty e-mail, where the two worlds differ
    commands: CommandNames = {}  # further names, e.g. incident: [/inc]
    policy: Rules = {}  # verb → who may, where that differs from the table in docs/operating.md
    admins: Groups = []  # user groups whose members administer Muster, besides Slack's own admins
    watch: Watch = Watch()
    lease_seconds: float = Field(default=LEASE, ge=2, le=60)  # after which a dead replica's work is another's


class Config(Strict):
    """Everything Muster needs to know. Each secret may also come from a file: NAME_FILE."""

    database_url: str = Field(default="sqlite:///muster.db", repr=False)
    slack_bot_token: str = Field(default="", repr=False)
    slack_signing_secrets: tuple[str, ...] = Field(default=(), repr=False)
    slack_app_token: str = Field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    pagerduty_api_token: str = Field(default="", repr=False)
    pagerduty_webhook_secrets: tuple[str, ...] = Field(default=(), repr=False)
    pagerduty_api_url: str
    pagerduty_events_url: str
    pagerduty_from: str | None = None
    public_url: str | None = None
    watch_key: str = Field(default="", repr=False)
    log: Literal["json", "text"] = "text"
    choices: Choices = Choices()
    secret_files: tuple[Path, ...] = ()  # where secrets were read from

    @field_validator("slack_api_url", "pagerduty_api_url", "pagerduty_events_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("must begin with https:// (or http:// for a simulator)")
        return url

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Raises Misuse with one sentence per mistake, naming the variable and never its value."""
        region = environ.get("PAGERDUTY_REGION", "us").lower()
        if region not in REGIONS:
            raise Misuse(f"PAGERDUTY_REGION is {region!r}; it can be us or eu.")
        api, events = REGIONS[region]
        try:
            return cls(
                database_url=_secret(environ, "DATABASE_URL") or "sqlite:///muster.db",
                slack_bot_token=_secret(environ, "SLACK_BOT_TOKEN"),
                slack_signing_secrets=_several(_secret(environ, "SLACK_SIGNING_SECRET")),
                slack_app_token=_secret(environ, "SLACK_APP_TOKEN"),
                slack_api_url=environ.get("SLACK_API_URL", "https://slack.com/api/").rstrip("/") + "/",
                pagerduty_api_token=_secret(environ, "PAGERDUTY_API_TOKEN"),
                pagerduty_webhook_secrets=_several(_secret(environ, "PAGERDUTY_WEBHOOK_SECRETS")),
                pagerduty_api_url=environ.get("PAGERDUTY_API_URL", api).rstrip("/"),
                pagerduty_events_url=environ.get("PAGERDUTY_EVENTS_URL", events).rstrip("/"),
                pagerduty_from=environ.get("PAGERDUTY_FROM") or None,
                public_url=environ.get("MUSTER_PUBLIC_URL") or None,
                watch_key=_secret(environ, "MUSTER_WATCH_KEY"),
                log=environ.get("MUSTER_LOG", "text"),  # type: ignore[arg-type]
                choices=_choices(environ.get("MUSTER_CONFIG")),
                secret_files=tuple(Path(environ[f"{name}_FILE"]) for name in SECRETS if environ.get(f"{name}_FILE")),
            )
        except ValidationError as error:
            raise Misuse(_in_words(error, "The environment")) from error

    def routing(self) -> Routing:
        notes = {
            name.casefold(): ServiceNotes(service.runbook, service.bridge)
            for name, service in self.choices.services.items()
        }
        rules = tuple(rule.rule() for rule in self.choices.routing)
        return Routing(rules, self.choices.default.rule(), notes, self.choices.storm.storm(), self.watch_dedup_key)

    @property
    def watch_routing_key(self) -> str:
        """Empty: nobody is told of trouble of our own."""
        return self.watch_key or self.choices.watch.key()

    @property
    def watch_dedup_key(self) -> str:
        """The one alarm about this Muster; another Muster that pages the same service has another address."""
        return f"muster-watch:{urlsplit(self.public_url or '').hostname or 'muster'}"

    def policy(self) -> Policy:
        return Policy(self.choices.policy, tuple(self.choices.admins), self.routing())

    def commands(self) -> dict[str, tuple[str, ...]]:
        """Every name of each slash command, the first its own."""
        return every_name(self.choices.commands)

    def integration_keys(self) -> dict[str, str]:
        found = {name.casefold(): service.key() for name, service in self.choices.services.items()}
        return {name: key for name, key in found.items() if key}


def _key(said: str | None, file: Path | None) -> str | None:
    return said if file is None else _content(str(file), "integration_key_file").strip()


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The variable, or the content of the file that NAME_FILE names."""
    if path := environ.get(f"{name}_FILE"):
        return _content(path, f"{name}_FILE").strip()
    return environ.get(name, "").strip()


def _content(path: str, named_by: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise Misuse(f"{named_by} names {path}, which cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Misuse(f"{named_by} names {path}, which is no text in UTF-8.") from error


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _choices(path: str | None) -> Choices:
    if not path:
        return Choices()
    try:
        content: Any = yaml.safe_load(_content(path, "MUSTER_CONFIG")) or {}
        if not isinstance(content, dict):
            raise Misuse(f"{path} must hold names with values, such as `routing:` and `services:`.")
        return Choices.model_validate(content)
    except yaml.YAMLError as error:
        raise Misuse(f"{path} is not YAML{_place(error)}.") from error
    except ValidationError as error:
        raise Misuse(_in_words(error, path)) from error


def _place(error: yaml.YAMLError) -> str:
    """Where and what, without the line itself: a secret may stand in it."""
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}: {getattr(error, 'problem', None)}" if mark else ""


VARIABLES = {
    "slack_api_url": "SLACK_API_URL", "pagerduty_api_url": "PAGERDUTY_API_URL",
    "pagerduty_events_url": "PAGERDUTY_EVENTS_URL", "log": "MUSTER_LOG",
}  # fmt: skip


def _in_words(error: ValidationError, where: str) -> str:
    """Each mistake under its name; the values that are wrong stay out of it."""
    mistakes = (
        (".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, "))
        for one in error.errors(include_input=False, include_url=False)
    )
    return f"{where} has mistakes. {'; '.join(f'{VARIABLES.get(name, name)}: {said}' for name, said in mistakes)}."

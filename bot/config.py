"""What the operator decides: the environment for secrets and single values, muster.yaml for the rest.

The only reader of the environment. Read once, at start, and handed on in pieces.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

import yaml
from pydantic import Field, ValidationError, field_validator

from bot.domain.anchors import Anchors
from bot.domain.errors import Misuse
from bot.domain.policy import Policy
from bot.domain.routing import Routing, ServiceNotes, SourceRule
from bot.domain.source import Route, SourceSettings
from bot.settings.choices import Choices, Strict, content
from bot.settings.mistakes import in_words, place
from bot.settings.regions import REGIONS, Account, at_home
from bot.settings.rules import every_name
from bot.settings.sources import filled_in
from bot.settings.spelling import misspelt

SECRETS = (
    "DATABASE_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "PAGERDUTY_API_TOKEN",
    "PAGERDUTY_WEBHOOK_SECRETS", "MUSTER_WATCH_KEY", "MUSTER_SIGNING_KEY",
)  # fmt: skip
"""Each may also come from a file: NAME_FILE."""
VARIABLES = (
    *SECRETS, *(f"{name}_FILE" for name in SECRETS), "SLACK_API_URL", "PAGERDUTY_REGION", "PAGERDUTY_API_URL",
    "PAGERDUTY_EVENTS_URL", "PAGERDUTY_FROM", "MUSTER_PUBLIC_URL", "MUSTER_CONFIG", "MUSTER_LOG",
)  # fmt: skip
"""All that is read. One that is set but empty, as compose files leave them, counts as not set."""


BELIEVED_ELSE = "of webhooks only those of `muster sources subscribe` are believed."


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
    region: str = "us"
    pagerduty_from: str | None = None
    signing_key: str = Field(default="", repr=False)
    public_url: str | None = None
    watch_key: str = Field(default="", repr=False)
    log: Literal["json", "text"] = "text"
    choices: Choices = Choices()
    secret_files: tuple[Path, ...] = ()  # where secrets were read from
    misspelt: tuple[tuple[str, str], ...] = ()  # names in the environment that nobody reads, and what they seem to mean

    @field_validator("slack_api_url", "pagerduty_api_url", "pagerduty_events_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if _parts(url).scheme not in {"http", "https"}:
            raise ValueError("must begin with https:// (or http:// for a simulator)")
        return url

    @field_validator("public_url")
    @classmethod
    def _can_be_read(cls, url: str | None) -> str | None:
        _parts(url or "")
        return url

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Raises Misuse with one sentence per mistake, naming the variable and never its value."""
        region = _said(environ, "PAGERDUTY_REGION", "us").lower()
        if region not in REGIONS:
            raise Misuse(f"PAGERDUTY_REGION is {region!r}; it can be us or eu.")
        urls = REGIONS[region]
        try:
            return cls(
                database_url=_secret(environ, "DATABASE_URL") or "sqlite:///muster.db",
                slack_bot_token=_secret(environ, "SLACK_BOT_TOKEN"),
                slack_signing_secrets=_several(_secret(environ, "SLACK_SIGNING_SECRET")),
                slack_app_token=_secret(environ, "SLACK_APP_TOKEN"),
                slack_api_url=_said(environ, "SLACK_API_URL", "https://slack.com/api/").rstrip("/") + "/",
                pagerduty_api_token=_secret(environ, "PAGERDUTY_API_TOKEN"),
                pagerduty_webhook_secrets=_several(_secret(environ, "PAGERDUTY_WEBHOOK_SECRETS")),
                pagerduty_api_url=_said(environ, "PAGERDUTY_API_URL", urls.rest).rstrip("/"),
                pagerduty_events_url=_said(environ, "PAGERDUTY_EVENTS_URL", urls.events).rstrip("/"),
                region=region,
                pagerduty_from=_said(environ, "PAGERDUTY_FROM") or None,
                signing_key=_secret(environ, "MUSTER_SIGNING_KEY"),
                public_url=_said(environ, "MUSTER_PUBLIC_URL") or None,
                watch_key=_secret(environ, "MUSTER_WATCH_KEY"),
                log=_said(environ, "MUSTER_LOG", "text"),  # type: ignore[arg-type]
                choices=_choices(_said(environ, "MUSTER_CONFIG"), environ),
                secret_files=tuple(Path(file) for name in SECRETS if (file := _said(environ, f"{name}_FILE"))),
                misspelt=tuple(misspelt(environ, VARIABLES)),
            )
        except ValidationError as error:
            raise Misuse(in_words(error, "The environment")) from error

    def shut(self) -> list[str]:
        """Which doors stay shut for want of a setting, a sentence each."""
        heard = self.slack_signing_secrets or self.slack_app_token
        lacking = (
            (self.pagerduty_webhook_secrets, f"PAGERDUTY_WEBHOOK_SECRETS is not set: {BELIEVED_ELSE}"),
            (heard, "Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set: nothing said in Slack is heard."),
            (self.slack_bot_token, "SLACK_BOT_TOKEN is not set: nothing can be done in Slack."),
            (self.pagerduty_api_token, "PAGERDUTY_API_TOKEN is not set: nothing can be asked of or done in PagerDuty."),
        )
        return [sentence for given, sentence in lacking if not given]

    def routing(self) -> Routing:
        notes = {
            name.casefold(): ServiceNotes(service.runbook, service.bridge)
            for name, service in self.choices.services.items()
        }
        rules = tuple(rule.rule() for rule in self.choices.routing)
        sources = {
            one.name: SourceRule(one.assign, bool(one.write_back and one.write_back.acknowledge))
            for one in self.sources()
        }
        default, storm = self.choices.default.rule(), self.choices.storm.storm()
        return Routing(rules, default, notes, storm, self.watch_dedup_key, sources)

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

    def anchors(self, database: Path) -> Anchors:
        """`database`: its place."""
        chosen = self.choices.anchors
        file = None if chosen.file is False else Path(chosen.file) if chosen.file else beside(database, "checkpoints")
        slack = self.choices.default.announce if chosen.slack is None else chosen.slack or None
        return Anchors(file, slack, chosen.pagerduty, chosen.syslog)

    def files(self, database: Path) -> tuple[Path, ...]:
        """What Muster has outside its database, there or not: keys, secrets, the anchor file. `database`: its place."""
        anchor, key = self.anchors(database).file, beside(database, "signing-key")
        return (key, *self.secret_files, *((anchor,) if anchor else ()), *self.choices.key_files())

    def sources(self) -> list[SourceSettings]:
        return [at_home(one.settings(name), self.region) for name, one in self.choices.sources.items()]

    def route_keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.routes() if one.key)

    def routes(self) -> list[Route]:
        return [one for source in self.sources() for one in source.routes]

    def accounts(self) -> dict[str, Account]:
        """Other PagerDuty accounts, by their names in muster.yaml."""
        return {name: one.account(self.region) for name, one in self.choices.accounts.items()}

    def service_keys(self) -> dict[str, str]:
        return self.choices.service_keys()

    def integration_keys(self) -> dict[str, str]:
        return self.choices.integration_keys()


def beside(database: Path, name: str) -> Path:
    """Where a file of ours lies unless told, so that two databases never share one."""
    return database.with_name(f"{database.name}.{name}")


def _said(environ: Mapping[str, str], name: str, default: str = "") -> str:
    return environ.get(name, "").strip() or default


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The variable, or the content of the file that NAME_FILE names."""
    if path := _said(environ, f"{name}_FILE"):
        return content(path, f"{name}_FILE").strip()
    return _said(environ, name)


def _parts(url: str) -> SplitResult:
    """ValueError for what nobody can read as an address."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError("is no address that can be read, such as https://muster.example.com") from error
    return parts


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _choices(path: str, environ: Mapping[str, str]) -> Choices:
    if not path:
        return Choices()
    try:
        told: Any = yaml.safe_load(content(path, "MUSTER_CONFIG")) or {}
        if not isinstance(told, dict):
            raise Misuse(f"{path} must hold names with values, such as `routing:` and `services:`.")
        choices = Choices.model_validate(filled_in(told, environ))
    except LookupError as error:
        raise Misuse(f"{path} uses ${{{error.args[0]}}}, which is not set: set it, or {error.args[0]}_FILE.") from error
    except OSError as error:
        raise Misuse(f"{path} uses a secret whose file {error.filename} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise Misuse(f"{path} is not YAML{place(error)}.") from error
    except RecursionError as error:
        raise Misuse(f"{path} is nested too deeply to be read.") from error
    except ValidationError as error:
        raise Misuse(in_words(error, path)) from error
    _ = choices.integration_keys(), choices.watch.key()  # better told now than when the first change is logged
    return choices

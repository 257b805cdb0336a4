"""A system that can raise or settle incidents, as the operator describes it under `sources:` in muster.yaml."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.domain.signal import Severity

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""Of a source: it stands in an address."""
AfterResolve = Literal["ignore", "reopen"]
Region = Literal["us", "eu"]
"""PagerDuty's service regions: https://support.pagerduty.com/main/docs/service-regions"""


@dataclass(frozen=True)
class Hmac:
    """A keyed hash over the raw body, or over `signed` with `{timestamp}` and `{body}` filled in.

    `encoding` is of the digest in `header`, of which `prefix` is cut off; the header may hold several, with commas.
    A timestamp (seconds since the epoch, in `timestamp_header`) may be `tolerance` seconds old or ahead.
    """

    header: str
    secrets: tuple[str, ...] = field(repr=False)
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp_header: str | None = None
    signed: str = "{timestamp}.{body}"
    tolerance: float = 300.0


@dataclass(frozen=True)
class OAuth2:
    """A client that fetches short-lived access tokens of us, by the client credentials grant:
    https://www.rfc-editor.org/rfc/rfc6749#section-4.4. Several secrets while they are rotated."""

    client_id: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Verification:
    """What proves that a request is the source's: all that is given must hold. Several values: any of them.

    `basic` holds "user:password", `header` a header's name and its values. `token` stands in the address, as
    `/in/NAME?token=…`. `addresses` are networks such as "203.0.113.0/24". `routing_key` is a member of the body.
    Nothing given: nothing is believed, unless `none` says out loud that everything is.
    """

    hmac: Hmac | None = None
    bearer: tuple[str, ...] = field(default=(), repr=False)
    basic: tuple[str, ...] = field(default=(), repr=False)
    header: tuple[str, tuple[str, ...]] | None = field(default=None, repr=False)
    token: tuple[str, ...] = field(default=(), repr=False)
    oauth2: OAuth2 | None = None
    routing_key: tuple[str, ...] = field(default=(), repr=False)
    addresses: tuple[str, ...] = ()
    none: bool = False


@dataclass(frozen=True)
class Route:
    """Where a source's signals go: a PagerDuty service, by id or name, or an integration key; a route that was made
    while Muster ran has the service's id and `key_id`, which names the sealed key.

    Of several routes the one that the request names (`/in/NAME?to=ROUTE`), else the first whose `when` holds, an
    expression over `signal`. `severity` overrides the signal's own. `account`: another than ours, of those in
    muster.yaml. `region`: PagerDuty's service region of an integration key of an account that is not among them, where
    it is another than ours.
    """

    name: str = ""
    service: str | None = None
    integration_key: str | None = field(default=None, repr=False)
    when: str | None = None
    severity: Severity | None = None
    key_id: str | None = None
    region: Region | None = None
    account: str | None = None

    @property
    def place(self) -> str:
        """Where PagerDuty keeps what is sent there: another account, or region; empty: ours."""
        return self.account or self.region or ""

    @property
    def key(self) -> str | None:
        """The integration key together with its place, as it is kept and sent with."""
        return placed(self.integration_key, self.place) if self.integration_key else None


@dataclass(frozen=True)
class WriteBack:
    """How a source is told what people did: where, and with which of its two kinds of credentials.

    `acknowledge`: that somebody looks at it. `severity`: it is asked how severe an alert is, where that is not said.
    """

    url: str
    client: tuple[str, str] | None = field(default=None, repr=False)  # a service account's id and secret
    key: tuple[str, str] | None = field(default=None, repr=False)  # an API key's public and private part
    acknowledge: bool = True
    severity: bool = True


@dataclass(frozen=True)
class Approvals:
    """Where people answer what a source asks them to approve, a channel in Slack, and how it is told: at `url`, with
    `token`."""

    url: str
    token: str = field(repr=False)
    channel: str


@dataclass(frozen=True)
class SourceSettings:
    """One entry of `sources:`.

    `severity` says how bad the system's own words are. `options` are the adapter's own. `per_minute` requests are
    taken, more are answered 429. `assign` are user groups or people to invite besides those PagerDuty pages.
    `auto_resolve_timeout`: seconds after which an alert of which nothing more is said is taken for over; 0: never,
    None: as the adapter has it.
    """

    name: str
    adapter: str
    verification: Verification = field(default_factory=Verification)
    routes: tuple[Route, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    on_update_after_resolve: AfterResolve | None = None
    assign: tuple[str, ...] = ()
    per_minute: int = 60_000
    disabled: bool = False
    write_back: WriteBack | None = None
    approvals: Approvals | None = None
    auto_resolve_timeout: int | None = None


@dataclass(frozen=True)
class Kind:
    """What is known of an adapter where nothing of it is run: its title, and what proves its system to us."""

    title: str
    proof: str = "bearer"


@dataclass(frozen=True)
class Catalogue:
    """`kinds`: the adapters that need no settings of their own, by name. `written`: the sources in muster.yaml."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    written: frozenset[str] = frozenset()

    def sources(self, states: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Those there are; `states`: what the database says of each."""
        removed = {name for name, state in states.items() if state.get("removed")}
        return sorted((self.written | states.keys()) - removed)


def placed(what: str, place: str) -> str:
    """An integration key, or an id, together with the account or region that it is of; `place` is empty for ours."""
    return f"{place}/{what}" if place else what


def parted(what: str) -> tuple[str, str]:
    """The other way round. Neither keys nor ids have a slash."""
    place, _, bare = what.rpartition("/")
    return (place, bare) if NAME.fullmatch(place) else ("", what)


def id_of(key: str) -> str:
    """A name for an integration key that does not give it away: the keys are random and long."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]

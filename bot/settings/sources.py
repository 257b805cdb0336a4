"""The shape of `sources:` in muster.yaml. Secrets are written as ${NAME}: the variable NAME, or the file NAME_FILE."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.domain.signal import Severity
from bot.domain.source import NAME, Hmac, OAuth2, Region, Route, SourceSettings, Verification
from bot.settings.write_back import WriteBackChoice

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SECRET_PARTS = {"sources": ("verify", "route", "routes", "write_back"), "accounts": ("api_token",)}
"""Of each entry: where ${NAME} is filled in. Elsewhere it is text like any other."""


def _several(told: Any) -> Any:
    """One value, or a list of values; while a secret is rotated it may hold several, with commas."""
    if isinstance(told, str):
        return tuple(part.strip() for part in told.split(",") if part.strip())
    return told


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Secrets = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]


class HmacChoice(Part):
    header: str
    secret: Secrets = Field(repr=False)
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp_header: str | None = None
    signed: str = "{timestamp}.{body}"
    tolerance: float = Field(default=300.0, gt=0)


class HeaderChoice(Part):
    name: str
    value: Secrets = Field(repr=False)


class OAuth2Choice(Part):
    client_id: str = Field(min_length=1)
    client_secret: Secrets = Field(repr=False)


class VerifyChoice(Part):
    """`verify:`, all that is given must hold."""

    hmac: HmacChoice | None = None
    bearer: Secrets | None = Field(default=None, repr=False)
    basic: Secrets | None = Field(default=None, repr=False)
    header: HeaderChoice | None = None
    token: Secrets | None = Field(default=None, repr=False)
    oauth2: OAuth2Choice | None = None
    routing_key: Secrets | None = Field(default=None, repr=False)
    addresses: list[str] = []
    none: bool = False

    @field_validator("addresses")
    @classmethod
    def _are_networks(cls, addresses: list[str]) -> list[str]:
        for one in addresses:
            ipaddress.ip_network(one, strict=False)
        return addresses

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        in_authorization = (self.bearer, self.basic, self.oauth2)
        if sum(map(bool, in_authorization)) > 1:
            raise ValueError("bearer, basic and oauth2 stand in one header of a request; give one of them")
        given = (*in_authorization, self.hmac, self.header, self.token, self.routing_key, self.addresses)
        if self.none and any(given[:-1]):
            raise ValueError("none: true believes everybody; take it away, or what stands beside it")
        if not self.none and not any(given):
            raise ValueError("nothing proves who sends: give bearer, hmac or the like, or say none: true out loud")
        return self

    def verification(self) -> Verification:
        told = self.hmac
        hmac = Hmac(secrets=told.secret, **told.model_dump(exclude={"secret"})) if told else None
        oauth2 = OAuth2(self.oauth2.client_id, self.oauth2.client_secret) if self.oauth2 else None
        return Verification(
            hmac=hmac, oauth2=oauth2, bearer=self.bearer or (), basic=self.basic or (),
            header=(self.header.name, self.header.value) if self.header else None, token=self.token or (),
            routing_key=self.routing_key or (), addresses=tuple(self.addresses), none=self.none,
        )  # fmt: skip


class RouteChoice(Part):
    """One entry of `routes:`, or `route:`."""

    name: str = ""
    service: str | None = None
    integration_key: str | None = Field(default=None, repr=False)
    when: str | None = None
    severity: Severity | None = None
    account: str | None = None
    region: Region | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.service is None) == (self.integration_key is None):
            raise ValueError("name a service or an integration_key, one of the two")
        if "/" in (self.integration_key or ""):
            raise ValueError("an integration_key is 32 letters and digits, without a slash")
        if (self.region or self.account) and self.integration_key is None:
            raise ValueError(
                "a region or an account goes with an integration_key; to a service of another account a source is led"
                " by `muster sources connect --account`"
            )
        if self.region and self.account:
            raise ValueError("the account says which region it is in; take the region away")
        return self

    def route(self) -> Route:
        return Route(**dict(self))


LONGEST_TIMEOUT = 366 * 24 * 3600  # seconds


class SourceChoice(BaseModel):
    """One entry of `sources:`. What is not listed here is the adapter's own, which says whether it knows it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str
    verify: VerifyChoice
    route: RouteChoice | None = None
    routes: list[RouteChoice] = []
    severity: dict[str, Severity] = {}
    on_update_after_resolve: Literal["ignore", "reopen"] | None = None
    auto_resolve_timeout: int | None = Field(default=None, ge=0, le=LONGEST_TIMEOUT)
    assign: list[str] = Field(default=[], validation_alias=AliasChoices("assign", "responders"))
    write_back: WriteBackChoice | None = None
    per_minute: int = Field(default=60_000, gt=0)

    @model_validator(mode="after")
    def _has_routes_once(self) -> Self:
        if self.route and self.routes:
            raise ValueError("has a route and routes; put the one among the others")
        return self

    @model_validator(mode="after")
    def _asks_as_keptn_does(self) -> Self:
        if self.write_back and self.write_back.token and self.adapter != "keptn":
            raise ValueError("has a write_back with a token, which is for approvals of Keptn alone")
        return self

    @property
    def all_routes(self) -> list[RouteChoice]:
        return [self.route] if self.route else self.routes

    def settings(self, name: str) -> SourceSettings:
        return SourceSettings(
            name=name, adapter=self.adapter, verification=self.verify.verification(),
            routes=tuple(one.route() for one in self.all_routes), severity=self.severity,
            options=self.model_extra or {}, on_update_after_resolve=self.on_update_after_resolve,
            assign=tuple(self.assign), per_minute=self.per_minute,
            write_back=self.write_back.write_back() if self.write_back else None,
            approvals=self.write_back.asks() if self.write_back else None,
            auto_resolve_timeout=self.auto_resolve_timeout,
        )  # fmt: skip


def named(told: dict[str, Any]) -> dict[str, Any]:
    for name in told:
        if not NAME.fullmatch(str(name)):
            raise ValueError(f"{str(name)[:80]!r} must be small letters, digits and dashes: it stands in an address")
    return told


SourceChoices = Annotated[dict[str, SourceChoice], BeforeValidator(named)]


def filled_in(told: Any, environ: Mapping[str, str]) -> Any:
    """muster.yaml as it was read, with the ${NAME} of its secrets replaced. LookupError for one that is not
    set; OSError for a file that cannot be read."""
    if not isinstance(told, dict):
        return told
    return {name: _secrets(part, environ, SECRET_PARTS[name]) if name in SECRET_PARTS else part
            for name, part in told.items()}  # fmt: skip


def _secrets(entries: Any, environ: Mapping[str, str], where: Collection[str]) -> Any:
    if not isinstance(entries, dict):
        return entries
    return {name: _entry(one, environ, where) for name, one in entries.items()}


def _entry(told: Any, environ: Mapping[str, str], where: Collection[str]) -> Any:
    if not isinstance(told, dict):
        return told
    return {name: _filled(part, environ) if name in where else part for name, part in told.items()}


def _filled(told: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {name: _filled(part, environ) for name, part in told.items()}
    if isinstance(told, list):
        return [_filled(part, environ) for part in told]
    return VARIABLE.sub(lambda match: _value(match[1], environ), told) if isinstance(told, str) else told


def _value(name: str, environ: Mapping[str, str]) -> str:
    found = environ.get(name, "").strip()
    file = environ.get(f"{name}_FILE", "").strip()
    if file:
        found = Path(file).read_text(encoding="utf-8").strip()
    if not found:
        raise LookupError(name)
    return found

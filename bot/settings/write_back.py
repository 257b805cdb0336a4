"""The shape of `write_back:` of a source in muster.yaml: how it is told what people did."""

from typing import Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.source import Approvals, WriteBack

ATLAS = "https://cloud.mongodb.com"


def _port(parts: SplitResult) -> int | None:
    """None: what stands there is none."""
    try:
        return parts.port or 0
    except ValueError:
        return None


class WriteBackChoice(BaseModel):
    """`write_back:`. MongoDB Atlas is told with the one or the other pair of credentials, Keptn with a token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = None
    client_id: str | None = None
    client_secret: str | None = Field(default=None, repr=False)
    public_key: str | None = None
    private_key: str | None = Field(default=None, repr=False)
    token: str | None = Field(default=None, repr=False)
    approvals: str | None = Field(default=None, min_length=1)
    acknowledge: bool = True
    severity: bool = True

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or _port(parts) is None:
            raise ValueError("is no address such as https://keptn.example.com/api")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("is an address alone, without a name, a query or a fragment")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _has_one_pair(self) -> Self:
        client, key = (self.client_id, self.client_secret), (self.public_key, self.private_key)
        if self.token or self.approvals:
            if any((*client, *key)) or not (self.url and self.token and self.approvals):
                raise ValueError("wants url, token and approvals, all three, and no other credentials")
            return self
        if all(client) == all(key) or any(client) != all(client) or any(key) != all(key):
            raise ValueError("wants client_id and client_secret, or public_key and private_key")
        return self

    def asks(self) -> Approvals | None:
        """None: people are asked nothing."""
        if not (self.url and self.token and self.approvals):
            return None
        return Approvals(self.url, self.token, self.approvals)

    def write_back(self) -> WriteBack | None:
        if self.token:
            return None
        client = (self.client_id, self.client_secret) if self.client_id and self.client_secret else None
        key = (self.public_key, self.private_key) if self.public_key and self.private_key else None
        return WriteBack(self.url or ATLAS, client, key, self.acknowledge, self.severity)

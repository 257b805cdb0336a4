"""Where checkpoints go so that the database's owner cannot take them back."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Anchors:
    """`file` is appended to; `slack` a channel, by id or #name; `syslog` a socket's path or host:port.

    `pagerduty`: a note on the newest incident that moved.
    """

    file: Path | None = None
    slack: str | None = None
    pagerduty: bool = False
    syslog: str | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(name for name in ("file", "slack", "pagerduty", "syslog") if getattr(self, name))

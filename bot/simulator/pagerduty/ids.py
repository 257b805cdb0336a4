"""Identifiers and instants in the forms PagerDuty writes them."""

import secrets
import string
from datetime import UTC, datetime

_LETTERS = string.ascii_uppercase + string.digits
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def short_id() -> str:
    """The id of anything but an incident: `P` and six more."""
    return "P" + _random(6)


def long_id() -> str:
    """The id of an incident, an alert or a log entry: `Q` and thirteen more."""
    return "Q" + _random(13)


def ulid(at: datetime) -> str:
    """26 characters that sort by `at` in milliseconds, as event and change event ids do."""
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def now() -> datetime:
    return datetime.now(UTC)


def seconds(at: datetime) -> str:
    """`2026-01-02T03:04:05Z`, as REST and the incident in a webhook write instants."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(at: datetime) -> str:
    """`2026-01-02T03:04:05.678Z`, as a webhook's `occurred_at`."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))

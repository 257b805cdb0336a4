"""Instants as systems write them, put as ISO 8601 in UTC."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FORMAT = re.compile(r"(?:%[YmdHMSjaAbBfp%]|[^%]){1,64}")
MILLISECONDS = 100_000_000_000  # from here on a number counts those: in seconds it would be the year 5138


def instant(text: str, wanted: str = "") -> str:
    """ISO 8601, RFC 2822, or seconds or milliseconds since 1970; `wanted`: another form, as strftime has it, of the
    letters Y m d H M S j a A b B f p. ValueError for what is no time."""
    if wanted and not FORMAT.fullmatch(wanted):
        raise ValueError("a form of time can use %Y %m %d %H %M %S %j %a %A %b %B %f %p and no widths")
    found = _read(text.strip()[:64])
    return found.strftime(wanted) if wanted else found.isoformat().replace("+00:00", "Z")


def _read(text: str) -> datetime:
    for reading in (_counted, datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = reading(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
    raise ValueError(f"{text!r} is no time")


def _counted(text: str) -> datetime:
    seconds = float(text)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= MILLISECONDS else seconds, UTC)

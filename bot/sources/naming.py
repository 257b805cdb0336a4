"""How what sources send is keyed and marked."""

from uuid import NAMESPACE_URL, uuid5

PREFIX = "in:"
"""Of the source of a delivery, before the name of the system."""
NAMELESS = "nameless:"
"""Of the key of a delivery that its sender gave no name."""
TESTED = "verify:test-"
"""Of the dedup_key of an alert that only tries the way."""
DOOR = "muster-door"
"""The header that says at which of the doors that look like PagerDuty's a delivery came in: ALERTS or CHANGES."""
ALERTS, CHANGES = "alerts", "changes"
OURS = "muster-"
"""Of headers that Muster keeps with a delivery; none that came begins so."""
OUT_OF_TIME = "muster-out-of-time"
"""The header that names the alert of which its source has said no more."""
LONGEST_KEY = 200  # characters of a sender's name for something


def keyed(source: str, name: str) -> str:
    """A sender's own name of a request or a signal, as the database keys it. JSON may hold half a character, which
    no database takes."""
    whole = name.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return f"{source}:{whole if len(whole) <= LONGEST_KEY else uuid5(NAMESPACE_URL, whole).hex}"


def tagged(tag: str) -> str:
    """As an index of either database can hold it."""
    return tag if len(tag) <= LONGEST_KEY else uuid5(NAMESPACE_URL, tag).hex


def unmapped_key(source: str) -> str:
    """The dedup_key of the one alert for all that a source sends and nobody can read."""
    return f"{source}:unmapped"

"""Foreign text in Slack's markup, so that it can mention nobody, link nowhere, and never be too long.

https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
LAST_OF_ONE = "\uffff"  # characters beyond it are two UTF-16 units
LONGEST_URL = 600
"""Characters of an address in markup; a longer one is left out, since all text of a message shares one limit."""
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")  # and what turns text round
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")


def clean(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides, which JSON or Slack refuse or abuse."""
    return _UNWANTED.sub("", text)


def cut(text: str, most: int) -> str:
    """At most `most` characters as Slack counts them (UTF-16 units), the cut marked by an ellipsis."""
    return _fitting(clean(text), most, {})


def escape(text: str, most: int = 2900) -> str:
    """Foreign text for mrkdwn, at most `most` characters once escaped; never cut inside an entity."""
    return _fitting(clean(text), most, ENTITIES)


def inline(text: str, most: int = 200) -> str:
    """Foreign text on one line."""
    return escape(" ".join(clean(text).split()), most)


def link(url: str | None, label: str, most: int = 200) -> str:
    """`label`, foreign, as a link when `url` is an http address; else the label alone."""
    shown = inline(label, most) or "link"
    target = web_address(url)
    return f"<{target}|{shown}>" if target else shown


def web_address(url: str | None) -> str | None:
    """`url` as it may stand in markup or a button; None when it is no http address or too long."""
    if not url or scheme_of(url) not in {"http", "https"}:
        return None
    target = quote(clean(url), safe=":/?#[]@!$&'()*+,;=%~").replace("&", "&amp;")
    return target if len(target) <= LONGEST_URL else None


def scheme_of(url: str) -> str | None:
    """The scheme of an address with a host; None for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme if parts.netloc else None


def channel(channel_id: str) -> str:
    """A link to a channel, which shows its name to those who may see it."""
    return f"<#{channel_id}>" if _CHANNEL.fullmatch(channel_id) else inline(channel_id)


def when(at: datetime, pattern: str = "{date_short_pretty} {time}") -> str:
    """An instant in each reader's own zone.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    return f"<!date^{int(at.timestamp())}^{pattern}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def lasted(span: timedelta) -> str:
    """A length of time in at most two units: "43 min", "2 h 5 min", "3 d 4 h"."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return f"{max(0, int(span.total_seconds()))} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, days = minutes // 60, minutes // 1440
    big, small = (f"{days} d", f"{hours % 24} h") if days else (f"{hours} h", f"{minutes % 60} min")
    return big if small.startswith("0 ") else f"{big} {small}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Foreign names on one line, the rest counted."""
    shown = ", ".join(inline(name, 60) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def width(text: str) -> int:
    """How long Slack takes it to be, in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fitting(text: str, most: int, entities: dict[int, str]) -> str:
    whole = text[: most + 1].translate(entities)  # what lies beyond does not fit
    if width(whole) <= most:
        return whole
    pieces: list[str] = []
    size = fits = 0
    for letter in text:
        piece = entities.get(ord(letter), letter)
        size += len(piece) + (letter > LAST_OF_ONE)
        if size > most:
            return "".join(pieces[:fits]).rstrip() + "…"
        pieces.append(piece)
        fits = len(pieces) if size < most else fits
    return whole

"""What a sender's own template left unfilled: {{ x }}, ${x}, %X%."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.domain.signal import Signal

LEFT = re.compile(r"\{\{[^{}]{1,80}\}\}|\$\{[\w.-]{1,80}\}|%[A-Z][A-Z0-9_-]{1,40}%")
LOOKED_AT, MOST = 4_000, 10  # characters of each text; placeholders that are named
MOST_TEXTS = 500


def noted(signal: Signal) -> Signal:
    """The same signal; where placeholders were left in it, its details say which."""
    found = list(dict.fromkeys(one for text in _texts(signal) for one in LEFT.findall(text[:LOOKED_AT])))
    if not found:
        return signal
    said = f"the sender left unfilled: {', '.join(found[:MOST])}"
    return replace(signal, custom_details={**signal.custom_details, "complaint": said})


def _texts(signal: Signal) -> Iterator[str]:
    links = [text for link in signal.links for text in (link.href, link.text)]
    waiting: list[Any] = [
        dict(signal.custom_details), *links, signal.client_url, signal.client, signal.timestamp, signal.class_,
        signal.group, signal.component, signal.source, signal.dedup_key, signal.summary,
    ]  # fmt: skip
    for _ in range(MOST_TEXTS):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)

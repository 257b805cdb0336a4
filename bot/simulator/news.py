"""Tells whoever watches that something changed, so that the page can look again."""

import asyncio
from collections.abc import AsyncGenerator


class News:
    """Fans the names of changed things out to every listener; a slow listener hears each name once."""

    def __init__(self) -> None:
        self._unheard: list[tuple[set[str], asyncio.Event]] = []

    def publish(self, topic: str) -> None:
        """Says that `topic` ("slack", "pagerduty", "faults") changed. Never waits."""
        for topics, woken in self._unheard:
            topics.add(topic)
            woken.set()

    async def changes(self) -> AsyncGenerator[frozenset[str]]:
        """Yields, for ever, the topics that changed since the last turn."""
        listener: tuple[set[str], asyncio.Event] = (set(), asyncio.Event())
        self._unheard.append(listener)
        topics, woken = listener
        try:
            while True:
                await woken.wait()
                heard = frozenset(topics)
                topics.clear()
                woken.clear()
                yield heard
        finally:
            self._unheard = [other for other in self._unheard if other is not listener]

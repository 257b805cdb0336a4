"""The real bot beside a Slack whose minute is shorter: `python -m tests.promises.storm_bot SECONDS`."""

import asyncio
import os
import signal
import sys

import uvloop

from bot.app import Bot
from bot.config import Config


async def serve(minute: float) -> None:
    bot = Bot(Config.read(os.environ), slack_minute=minute)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, bot.finish)
    async with bot.running():
        print(f"Muster listens at {bot.url}", flush=True)
        await bot.wait()


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1])))

"""`muster serve` beside a Slack whose minute is shorter: `python -m tests.promises.storm_bot SECONDS`."""

import os
import sys
from functools import partial

import uvloop

from bot.app import Bot
from bot.config import Config
from bot.console import cli
from tests.promises.launcher import alter

if __name__ == "__main__":
    alter(cli, "Bot", partial(Bot, slack_minute=float(sys.argv[1])))
    sys.exit(uvloop.run(cli.serve(Config.read(os.environ), "127.0.0.1", 0)))

"""What every subcommand stands on: the configuration, who asks, a loop to run in, and mistakes as one sentence."""

import asyncio
import errno
import getpass
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import click

from bot import log
from bot.config import Config
from bot.domain.errors import Misuse, Refused, Unavailable
from storage import UnsafeSettings

try:
    import uvloop

    LOOP: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
except ImportError:  # Windows, or another Python
    LOOP = asyncio.new_event_loop


def run(coroutine: Coroutine[Any, Any, int], at: tuple[str, int] | None = None) -> None:
    """Run to the end; mistakes people can mend are one sentence, not a traceback. `at`: host and port it listens at."""
    try:
        with asyncio.Runner(loop_factory=LOOP) as runner:
            sys.exit(runner.run(coroutine))
    except (Misuse, Refused, Unavailable, UnsafeSettings) as trouble:
        raise click.ClickException(str(trouble)) from trouble
    except OSError as trouble:
        raise click.ClickException((at and _unheard(trouble, *at)) or _in_words(trouble)) from trouble


def _unheard(trouble: OSError, host: str, port: int) -> str | None:
    """Why nobody can listen there, and what to do; None when the trouble is another."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if trouble.errno == errno.EADDRINUSE:
        return f"Something else listens at {where} already: stop it, or choose another port with --port."
    if isinstance(trouble, socket.gaierror) or trouble.errno == errno.EADDRNOTAVAIL:
        return f"This machine cannot listen at {host}; choose another --host ({trouble.strerror})."
    if trouble.errno == errno.EACCES and not trouble.filename:
        return f"Muster may not listen at {where}: choose a port above 1023 with --port."
    return None


def _in_words(trouble: OSError) -> str:
    about = f" ({trouble.filename})" if trouble.filename else ""
    return f"The system refuses it: {trouble.strerror or trouble}{about}."


def whoever() -> str:
    """The name of the one at the command line; a container's user often has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def config() -> Config:
    try:
        found = Config.read(os.environ)
    except Misuse as misuse:
        raise click.ClickException(str(misuse)) from misuse
    log.start(found.log)
    return found

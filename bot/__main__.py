"""The command line: `muster …`, or `python -m bot …`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import click

from bot import log
from bot.config import Config
from bot.console import cli, operate, proving
from bot.console.shell import config, run, whoever
from bot.console.source_commands import sources

LOCAL = "127.0.0.1"
PORT = click.IntRange(0, 65535)  # 0: any that is free
ENTRY = click.IntRange(1, 999_999_999)
FIRST_INHERITED = 3  # file descriptor, by systemd's convention


def inherited_socket(environ: Mapping[str, str]) -> int | None:
    """The descriptor of the socket that systemd listens at for us, when it does:
    https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html"""
    meant = environ.get("LISTEN_PID") == str(os.getpid()) and environ.get("LISTEN_FDS") == "1"
    return FIRST_INHERITED if meant else None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muster")
def main() -> None:
    """PagerDuty pages; Muster opens the war room in Slack and keeps the timeline."""


@main.command()
@click.option("--port", type=PORT, default=8080, show_default=True, help="Where the page is served.")
@click.option("--play", is_flag=True, help="A scripted incident, unattended; exit 0 only if every step became true.")
def demo(port: int, play: bool) -> None:
    """Muster between a pretended Slack and PagerDuty: no account, no token."""
    log.start("text", level=30)
    run(cli.play() if play else cli.demo(port), at=(LOCAL, port))


@main.command()
@click.option("--host", default=LOCAL, show_default=True)
@click.option("--port", type=PORT, default=3000, show_default=True)
def serve(host: str, port: int) -> None:
    """The bot, configured from the environment."""
    run(cli.serve(config(), host, port, inherited_socket(os.environ)), at=(host, port))


@main.command()
@click.option("--host", default=LOCAL, show_default=True)
@click.option("--port", type=PORT, default=8080, show_default=True)
@click.option("--bot", "bot_url", default="http://127.0.0.1:3000", show_default=True, help="Where your bot listens.")
def simulator(host: str, port: int, bot_url: str) -> None:
    """Only the pretended Slack and PagerDuty, for pointing any bot at."""
    run(cli.simulator(host, port, bot_url), at=(host, port))


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date, and stop."""
    run(operate.migrate(config()))


@main.command()
@click.argument("incident")
@click.option("--format", "style", type=click.Choice(sorted(cli.FORMATS)), default="text", show_default=True)
def timeline(incident: str, style: str) -> None:
    """A timeline: of INC-42, 42, or the PagerDuty id of an incident; of service:NAME or source:NAME."""
    run(cli.timeline(config(), incident, style))


@main.command()
@click.argument("incident", required=False)
@click.option("--export", type=click.File("rb"), help="An incident from `timeline --format json`, alone.")
@click.option("--key", help="The public key that must have signed it, or several with commas.")
@click.option("--online", is_flag=True, help="Compare with the checkpoints in Slack and PagerDuty, too.")
def verify(incident: str | None, export: BinaryIO | None, key: str | None, online: bool) -> None:
    """Prove the timelines; exit 1 and the first broken entry otherwise."""
    trusted = frozenset(key.lower().replace(" ", "").split(",")) if key else frozenset()
    if export:
        run(proving.verify_export(export.read(), trusted))
    run(proving.verify(config(), incident, trusted, online=online))


@main.command()
@click.argument("incident")
@click.argument("entry", type=ENTRY)
@click.option("--reason", default="", help="Why; it stands on the timeline.")
def redact(incident: str, entry: int, reason: str) -> None:
    """Take the words of an entry off a timeline for ever, an incident's, or that of service:NAME or source:NAME; that
    it stood there stays."""
    run(proving.redact(config(), incident, entry, reason, by=whoever()))


@main.command()
@click.option("--rotate", is_flag=True, help="Make a new one, which signs from the next checkpoint on.")
def key(rotate: bool) -> None:
    """Print the public key that signs checkpoints, and those that did."""
    run(proving.key(config(), rotate=rotate))


@main.command()
@click.option("--url", help="Where Slack reaches Muster; without it, MUSTER_PUBLIC_URL.")
@click.option("--socket", is_flag=True, help="For Socket Mode: no public address needed.")
def manifest(url: str | None, socket: bool) -> None:
    """The Slack app manifest, made from the code."""
    run(cli.manifest(config(), url, socket=socket))


@main.command()
def doctor() -> None:
    """Check every setting against the live services, and say how to mend what is wrong."""
    run(cli.doctor(config()))


@main.command()
@click.argument("delivery", required=False)
def replay(delivery: str | None) -> None:
    """Read kept deliveries again that could not be understood the first time."""
    run(operate.replay(config(), delivery))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file that is there already.")
def backup(file: Path, force: bool) -> None:
    """Everything in the database, to one file, while Muster runs."""
    run(operate.backup(config(), file, force=force))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the ledger that is there already.")
def restore(file: Path, force: bool) -> None:
    """A backup back into the database, SQLite or Postgres; then prove every timeline. Muster must be stopped."""
    run(restored(config(), file, force=force))


async def restored(config: Config, file: Path, *, force: bool) -> int:
    return await operate.restore(config, file, force=force) or await proving.verify(config, None, outside=False)


main.add_command(sources)

if __name__ == "__main__":
    main()

"""`muster sources`, and what stands below it."""

from typing import BinaryIO

import click

from bot import sourcing
from bot.shell import config, run, whoever


@click.group()
def sources() -> None:
    """The systems that signal: what they sent, what becomes of it, and whether they are listened to."""


@sources.command("list")
def list_sources() -> None:
    """Every source: where it leads, what came, what is open."""
    run(sourcing.answer(config(), "list", "", "", by=whoever()))


@sources.command("test")
@click.argument("name")
@click.option("--live", is_flag=True, help="All the way to PagerDuty, as an alert of its own that is resolved soon.")
def test_source(name: str, live: bool) -> None:
    """What the system's own samples would become; nothing is sent, unless it shall go all the way."""
    run(sourcing.answer(config(), "test-live" if live else "test", name, "", by=whoever()))


@sources.command("preview")
@click.argument("name")
@click.argument("delivery", default="")
@click.option("--file", type=click.File("rb"), help="A body that never came.")
def preview_source(name: str, delivery: str, file: BinaryIO | None) -> None:
    """What a kept delivery becomes, beside what came: the one named, else the newest. Nothing is sent."""
    if file:
        run(sourcing.preview_body(config(), name, file.read()))
    run(sourcing.answer(config(), "preview", name, delivery, by=whoever()))


@sources.command("replay")
@click.argument("name")
@click.argument("delivery", default="")
def replay_source(name: str, delivery: str) -> None:
    """Read again what was not understood, all or one; what was signalled already is not signalled twice."""
    run(sourcing.answer(config(), "replay", name, delivery, by=whoever()))


@sources.command("disable")
@click.argument("name")
def disable_source(name: str) -> None:
    """Keep what it sends, and do nothing about it."""
    run(sourcing.answer(config(), "disable", name, "", by=whoever()))


@sources.command("enable")
@click.argument("name")
def enable_source(name: str) -> None:
    """Listen to it again, and read what came meanwhile."""
    run(sourcing.answer(config(), "enable", name, "", by=whoever()))


@sources.command("setup")
@click.argument("name")
@click.option("--adapter", help="For a source that is not in muster.yaml yet.")
def set_source_up(name: str, adapter: str | None) -> None:
    """The exact text to paste into the other system."""
    run(sourcing.setup(config(), name, adapter))

"""`muster sources`, and what stands below it."""

from dataclasses import replace
from typing import BinaryIO, TextIO

import click

from bot.console import connecting, sourcing
from bot.console.shell import config, run, whoever
from bot.domain.connecting import Wish
from bot.effects.removing import Terms


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


@sources.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--adapter", default="keptn", show_default=True, help="Whose file it is.")
def lint(file: TextIO, adapter: str) -> None:
    """Say what is wrong with a file that you wrote for the other system, such as Keptn's webhook.yaml."""
    run(sourcing.lint(adapter, file.read()))


@sources.command("setup")
@click.argument("name")
@click.option("--adapter", help="For a source that is not in muster.yaml yet.")
def set_source_up(name: str, adapter: str | None) -> None:
    """The exact text to paste into the other system."""
    run(sourcing.setup(config(), name, adapter))


ONE_SOURCE = click.argument("name")
HAND_OVER = click.option("--hand-over", is_flag=True, help="Leave what is open to people; else it is resolved.")
DELETE = click.option("--delete-integration", is_flag=True, help="Delete in PagerDuty what Muster made there.")
SERVICE = click.option("--service", metavar="ID|NAME", help="Only this service.")
TEAM = click.option("--team", metavar="ID|NAME", help="Only this team.")


@sources.command()
@ONE_SOURCE
@click.option("--service", "services", multiple=True, metavar="ID|NAME", help="One that is there; may be repeated.")
@click.option("--new-service", metavar="NAME", help="A service to be made.")
@click.option("--escalation-policy", metavar="ID|NAME", help="Of the service to be made.")
@click.option("--adapter", help="Make the source, of this adapter; its secret is shown once.")
@click.option("--account", default="", metavar="NAME", help="Another PagerDuty account, of those in muster.yaml.")
@click.option("--severity-based", is_flag=True, help="Let the service's urgency follow severity.")
def connect(
    name: str, services: tuple[str, ...], new_service: str | None, escalation_policy: str | None,
    adapter: str | None, account: str, severity_based: bool,
) -> None:  # fmt: skip
    """Connect a source with PagerDuty services: integration, key, route, and the proof that the key works."""
    if bool(services) == bool(new_service):
        raise click.ClickException("Name a --service, or several, or a --new-service.")
    if bool(new_service) != bool(escalation_policy):
        raise click.ClickException("A --new-service needs an --escalation-policy, and only that does.")
    wish = Wish(name, adapter, account=account)
    wishes = [replace(wish, service=one, severity_based=severity_based) for one in services]
    if new_service:
        wishes = [replace(wish, new_service=new_service, policy=escalation_policy or "")]
    run(connecting.connect(config(), wishes, by=whoever()))


@sources.command()
@ONE_SOURCE
@SERVICE
@HAND_OVER
@DELETE
def disconnect(name: str, service: str | None, hand_over: bool, delete_integration: bool) -> None:
    """Take away the routes that `connect` made, all or one."""
    run(connecting.disconnect(config(), name, service, Terms(hand_over, delete_integration), by=whoever()))


@sources.command()
@ONE_SOURCE
@HAND_OVER
@DELETE
def remove(name: str, hand_over: bool, delete_integration: bool) -> None:
    """Take a source away: nothing that it sends is taken any more."""
    run(connecting.remove(config(), name, Terms(hand_over, delete_integration), by=whoever()))


@sources.command("key")
@ONE_SOURCE
@click.option("--verify", "_", is_flag=True, required=True, help="Send a test event with it, and look for it there.")
def source_key(name: str, _: bool) -> None:
    """Prove the integration keys of a source."""
    run(connecting.verify_keys(config(), name, by=whoever()))


@sources.command()
@SERVICE
@TEAM
def subscribe(service: str | None, team: str | None) -> None:
    """Let PagerDuty send its webhooks here: for the account, a service or a team."""
    run(connecting.subscribe(config(), service, team, by=whoever()))


@sources.command()
@SERVICE
@TEAM
def unsubscribe(service: str | None, team: str | None) -> None:
    """Delete the webhook subscriptions that `subscribe` made, all or one."""
    run(connecting.unsubscribe(config(), service, team, by=whoever()))

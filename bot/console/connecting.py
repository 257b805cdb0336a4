"""Connecting sources with PagerDuty from the command line, beside a running Muster or without one. Each returns the
exit code."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import click

from bot.config import Config
from bot.connections import Connections
from bot.console.beside import opened
from bot.domain.connecting import HOW, Connection, Deed, Wish, called
from bot.domain.errors import Misuse, Refused
from bot.domain.people import Actor
from bot.domain.reactions import Reactions
from bot.domain.source import Route, id_of
from bot.effects import World, subscribing
from bot.effects.connecting import connect as connect_one
from bot.effects.connecting import service_named
from bot.effects.removing import Taken, Terms, said_disconnected, said_removed, told
from bot.effects.removing import disconnect as taken_off
from bot.effects.removing import remove as removed
from bot.effects.subscribing import covered
from bot.effects.subscribing import subscribe as subscribed
from bot.effects.subscribing import unsubscribe as unsubscribed
from bot.effects.verifying import Target, verified
from bot.roster import Roster
from storage import Database

MINUTE = 60.0  # seconds that Slack's minute lasts, which is not asked here


@asynccontextmanager
async def world_of(config: Config) -> AsyncIterator[World]:
    """Beside a running Muster on SQLite small writes wait for its own."""
    database = Database(config.database_url, Reactions(config.routing()))
    try:
        await asyncio.to_thread(opened, database)
        async with Connections(config, database, slack_minute=MINUTE) as connections:
            yield connections.world(Roster(config.sources(), connections.vault))
    finally:
        await asyncio.to_thread(database.close)


async def connect(config: Config, wishes: Sequence[Wish], *, by: str) -> int:
    """Each is a service for the same source; of a source that is to be made the first makes it."""
    async with world_of(config) as world:
        wish, deed = wishes[0], _deed(by)
        _prove_how(world, wish)
        proved = [await _connected(world, _kind(world, one) if nth == 0 else replace(one, adapter=None), deed)
                  for nth, one in enumerate(wishes)]  # fmt: skip
    return 0 if all(proved) else 1


def _prove_how(world: World, wish: Wish) -> None:
    if wish.adapter is not None and wish.adapter not in world.roster.catalogue.kinds:
        known = ", ".join(sorted(world.roster.catalogue.kinds))
        raise Misuse(f"No source is made of {wish.adapter} without settings in muster.yaml; there are {known}.")


def _kind(world: World, wish: Wish) -> Wish:
    return wish if wish.adapter is None else replace(wish, proof=world.roster.catalogue.kinds[wish.adapter].proof)


async def _connected(world: World, wish: Wish, deed: Deed) -> bool:
    made = await connect_one(world, wish, deed)
    click.echo(f"{made.source} is connected with {made.called}. It sends to")
    click.echo(f"  {(world.public_url or '').rstrip('/')}{made.path()}")
    if made.secret and wish.adapter:
        click.echo(f"with this secret {HOW.get(made.proof, HOW['bearer'])}, which is shown this once:")
        click.echo(f"  {made.secret}")
    if made.warning:
        click.echo(f"Beware: {made.warning}")
    return await _is_proved(world, _target(made), deed)


def _target(made: Connection) -> Target:
    return Target(made.source, made.route, made.called, made.service.id, made.key_id)


async def _is_proved(world: World, target: Target, deed: Deed) -> bool:
    """Said and recorded."""
    id_ = uuid4().hex
    click.echo(f"Proving the key for {target.service}: looking in PagerDuty for what is sent with it …")
    event = (await verified(world, target, id_)).event(target, deed.by, f"verified:{id_}")
    await world.database.write(lambda tx: tx.record_for_service(event))
    click.echo(f"{event.text()}.")
    return event.kind == "source.key_verified"


async def verify_keys(config: Config, name: str, *, by: str) -> int:
    """Every route of the source, those of muster.yaml too."""
    async with world_of(config) as world:
        state = await world.database.read(lambda tx: tx.source_state(name))
        source, deed = world.roster.needed(name, state), _deed(by)
        if not source.settings.routes:
            raise Misuse(f"{name} has no route, so it has no key: muster sources connect {name} --service …")
        proved = [await _is_route_proved(world, name, route, deed) for route in source.settings.routes]
    return 0 if all(proved) else 1


async def _is_route_proved(world: World, name: str, route: Route, deed: Deed) -> bool:
    """What keeps one from being looked at is said, and the others are."""
    try:
        return await _is_proved(world, await _target_of(world, name, route), deed)
    except Refused as refusal:
        if refusal.trouble:
            raise
        click.echo(f"The key of the route {route.name or 'without a name'} is not proved: {refusal}.")
        return False


async def _target_of(world: World, name: str, route: Route) -> Target:
    if route.key:
        return Target(name, route.name, "the key in muster.yaml", key_id=id_of(route.key))
    account = route.account or ""
    service = await service_named(world.of(account), route.service or "")
    return Target(name, route.name, called(service.summary, account), service.id, route.key_id)


async def disconnect(config: Config, name: str, service: str | None, terms: Terms, *, by: str) -> int:
    async with world_of(config) as world:
        taken = await taken_off(world, name, service, terms, _deed(by))
    for line in said_disconnected(name, service):
        click.echo(line)
    return _tell(taken)


async def remove(config: Config, name: str, terms: Terms, *, by: str) -> int:
    async with world_of(config) as world:
        taken = await removed(world, name, terms, _deed(by))
        for line in said_removed(world, name):
            click.echo(line)
    return _tell(taken)


def _tell(taken: Taken) -> int:
    for line in told(taken):
        click.echo(line)
    return 1 if taken.kept else 0


async def subscribe(config: Config, service: str | None, team: str | None, *, by: str) -> int:
    async with world_of(config) as world:
        made = await subscribed(world, await covered(world, service, team), _deed(by))
        for line in subscribing.told(world, made):
            click.echo(line)
    return 0 if made.is_proved else 1


async def unsubscribe(config: Config, service: str | None, team: str | None, *, by: str) -> int:
    async with world_of(config) as world:
        covers = await covered(world, service, team) if service or team else None
        gone = await unsubscribed(world, covers, _deed(by))
    click.echo(subscribing.told_gone(gone))
    return 0 if gone else 1


def _deed(by: str) -> Deed:
    return Deed(Actor("system", by, by), f"cli:{uuid4().hex}", "cli")

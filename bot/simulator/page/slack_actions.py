"""What a person at the page can do in the pretended Slack. Each answers what came of it, as JSON."""

from bot.simulator.page.asked import Asked, Impossible
from bot.simulator.page.world import Json, World
from bot.simulator.slack import rooms
from bot.simulator.slack.model import Answer


async def say(world: World, asked: Asked) -> Json:
    """A message, in a thread when `thread_ts` is given."""
    thread_ts = asked.perhaps("thread_ts")
    message = await world.slack.say(asked.text("user"), asked.text("channel"), asked.text("text"), thread_ts=thread_ts)
    return {"ts": message.ts}


async def command(world: World, asked: Asked) -> Json:
    return _came(await world.slack.command(asked.text("user"), asked.text("channel"), asked.text("text")))


async def press(world: World, asked: Asked) -> Json:
    """Uses an element of a message."""
    slack, value = world.slack, asked.perhaps("value")
    user, channel, ts = asked.text("user"), asked.text("channel"), asked.text("ts")
    return _came(await slack.press(user, channel, ts, asked.text("action_id"), value=value))


async def press_view(world: World, asked: Asked) -> Json:
    """Uses an element of a modal."""
    user, view, action = asked.text("user"), asked.text("view"), asked.text("action_id")
    return _came(await world.slack.press_view(user, view, action, value=asked.anything("value")))


async def suggest(world: World, asked: Asked) -> Json:
    """What the bot offers in a menu of its own for what was typed."""
    user, view, typed = asked.text("user"), asked.text("view"), asked.perhaps("typed") or ""
    return {"options": await world.slack.suggest(user, view, asked.text("action_id"), typed)}


async def submit(world: World, asked: Asked) -> Json:
    return _came(await world.slack.submit(asked.text("user"), asked.text("view"), asked.mapping("values")))


async def close(world: World, asked: Asked) -> Json:
    """Cancels a modal."""
    await world.slack.close(asked.text("user"), asked.text("view"))
    return {}


async def react(world: World, asked: Asked) -> Json:
    user, channel, ts = asked.text("user"), asked.text("channel"), asked.text("ts")
    await world.slack.react(user, channel, ts, asked.text("emoji"))
    return {}


async def invite(world: World, asked: Asked) -> Json:
    """`user` brings `guest` into a channel, as guests and strangers are brought into real ones."""
    slack = world.slack
    channel = slack.channel(asked.text("channel"))
    inviter, guest = slack.user(asked.text("user")), slack.user(asked.text("guest"))
    if channel.is_archived or guest.id in channel.members:
        raise Impossible(f"{guest.real_name} cannot be added to #{channel.name}.")
    rooms.join(slack.workspace, channel, guest.id, inviter=inviter.id)
    slack.news.publish("slack")
    return {}


def _came(answer: Answer) -> Json:
    """`error` is the sentence Slack shows when the bot did not answer as it should."""
    return {"trouble": answer.text if answer.error else None}

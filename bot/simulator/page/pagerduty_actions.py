"""What a person at the page can do in the pretended PagerDuty; `by` is the e-mail address of who does it."""

from bot.simulator.page.asked import Asked, Impossible
from bot.simulator.page.world import Json, World
from bot.simulator.pagerduty.incident import Incident


async def trigger(world: World, asked: Asked) -> Json:
    incident = await world.pagerduty.trigger(
        asked.text("title"),
        service=asked.text("service"),
        urgency=asked.text("urgency"),
        priority=asked.perhaps("priority"),
    )
    return {"id": incident.id}


async def acknowledge(world: World, asked: Asked) -> Json:
    await world.pagerduty.acknowledge(_incident(world, asked), by=asked.text("by"))
    return {}


async def resolve(world: World, asked: Asked) -> Json:
    await world.pagerduty.resolve(_incident(world, asked), by=asked.text("by"))
    return {}


async def reopen(world: World, asked: Asked) -> Json:
    await world.pagerduty.reopen(_incident(world, asked), by=asked.text("by"))
    return {}


async def reassign(world: World, asked: Asked) -> Json:
    await world.pagerduty.reassign(_incident(world, asked), asked.text("to"), by=asked.text("by"))
    return {}


async def escalate(world: World, asked: Asked) -> Json:
    """To the next level."""
    await world.pagerduty.escalate(_incident(world, asked), by=asked.text("by"))
    return {}


async def prioritize(world: World, asked: Asked) -> Json:
    """Without `to` the priority is taken away."""
    await world.pagerduty.set_priority(_incident(world, asked), asked.perhaps("to"), by=asked.text("by"))
    return {}


async def ask(world: World, asked: Asked) -> Json:
    """Asks somebody to join as a responder."""
    await world.pagerduty.add_responder(_incident(world, asked), asked.text("to"), by=asked.text("by"))
    return {}


async def note(world: World, asked: Asked) -> Json:
    await world.pagerduty.annotate(_incident(world, asked), asked.text("text"), by=asked.text("by"))
    return {}


async def update(world: World, asked: Asked) -> Json:
    """Publishes a status update."""
    await world.pagerduty.publish_status_update(_incident(world, asked), asked.text("text"), by=asked.text("by"))
    return {}


async def bridge(world: World, asked: Asked) -> Json:
    """Sets the conference bridge's address."""
    await world.pagerduty.set_bridge(_incident(world, asked), url=asked.text("text"), by=asked.text("by"))
    return {}


def _incident(world: World, asked: Asked) -> Incident:
    wanted = asked.text("incident")
    found = next((each for each in world.pagerduty.incidents if each.id == wanted), None)
    if found is None:
        raise Impossible("There is no such incident any more.")
    return found

"""Opening a modal, while Slack still lets us."""

import time

from bot.domain.errors import Refused
from bot.domain.job import Claim
from bot.effects.world import Facts, World
from bot.slack.views.message import Message

TRIGGER_LIVES = 3.0  # seconds: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
TOO_LATE = Message("Slack closed the window for that form before it could open. Please ask again.", [])
EXPIRED = {"expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged"}


async def open_form(world: World, claim: Claim) -> Facts:
    """Open the form the command asked for. A trigger works once, so a repeat can only fail, and that is said."""
    arguments = claim.job.arguments
    try:
        if time.time() - claim.owed_since < TRIGGER_LIVES:
            await world.slack.open_form(str(arguments["trigger_id"]), dict(arguments["view"]))
            return []
    except Refused as refusal:
        if refusal.code not in EXPIRED or claim.doubt:
            raise
    if url := arguments.get("response_url"):
        await world.slack.respond(str(url), TOO_LATE)
    return []

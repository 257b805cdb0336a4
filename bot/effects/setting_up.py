"""What somebody asked for in Slack, to connect a source: done, and told to them alone."""

from typing import Any

from bot.domain.connecting import Deed, Wish
from bot.domain.errors import Refused
from bot.domain.job import Claim
from bot.effects.connecting import connect
from bot.effects.effect import not_connected
from bot.effects.messages import answer
from bot.effects.verifying import verification
from bot.effects.world import Facts, World, asker
from bot.slack.views.connecting import connected


async def connect_source(world: World, claim: Claim) -> Facts:
    """A repeat is harmless, as `connect` says; a secret is shown to the one person again, for it stands nowhere else.
    What PagerDuty refuses is recorded, and told by a reaction."""
    told: dict[str, Any] = dict(claim.job.arguments)
    wish = Wish(**told["wish"])
    deed = Deed(asker(claim), str(told["id"]), str(told["origin"]))
    try:
        made = await connect(world, wish, deed)
    except Refused as refusal:
        if refusal.trouble:
            raise
        return [not_connected(claim, str(refusal))]
    job = verification(made, deed.by, f"verify:{deed.key}:{made.route}")
    await answer(world, claim, connected(made, world.public_url))
    await world.database.write(lambda tx: tx.put(job))
    return []

"""The app's home tab: my open incidents, and a way to declare one.

https://docs.slack.dev/surfaces/app-home
"""

from collections.abc import Sequence

from bot.domain.incident import Incident
from bot.slack.blocks import Json, actions, button, header
from bot.slack.views.incidents import listing


def home(mine: Sequence[Incident], others: Sequence[Incident] = ()) -> Json:
    """`mine`: open incidents assigned to, acknowledged or led by the one who looks; `others`: the rest that is open."""
    blocks = [header("Muster"), actions(button("Declare an incident", "declare", style="danger"))]
    blocks += listing(mine, heading="Your open incidents").blocks
    blocks += listing(others, heading="Other open incidents").blocks if others else []
    return {"type": "home", "blocks": blocks}

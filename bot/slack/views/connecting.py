"""What whoever connects a source is told, and nobody else."""

from bot.domain.connecting import HOW, Connection
from bot.slack.blocks import section
from bot.slack.mrkdwn import inline
from bot.slack.views.message import Message

PROVING = "The key is being proved now: I send a test event with it, look for it in PagerDuty, and tell you."


def connected(made: Connection, public_url: str | None) -> Message:
    """`public_url`: where the outside reaches Muster; without it only the path is told."""
    lines = [
        f"*{made.source}* is connected with {inline(made.called)}. Let it send to",
        f"`{(public_url or '').rstrip('/')}{made.path()}`",
    ]
    if made.secret:
        how = HOW.get(made.proof, HOW["bearer"])
        lines.append(f"with this secret {how}. It is shown this once, so keep it now: `{made.secret}`")
    if made.warning:
        lines.append(f"⚠️ {inline(made.warning)}")
    lines.append(PROVING)
    return Message(f"{made.source} is connected with {inline(made.called)}.", [section(*lines)])

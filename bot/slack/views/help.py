"""What can be asked, in the order people need it."""

from collections.abc import Sequence

from bot.slack.blocks import context, section, sections
from bot.slack.mrkdwn import inline
from bot.slack.views.message import Message


def usage(verbs: Sequence[tuple[str, str]], *, command: str = "/incident") -> Message:
    """`verbs`: how each is typed after `command`, and what it does."""
    spoken = inline(command, 32)
    lines = [f"*{spoken} {inline(usage, 150)}*  {inline(does, 200)}" for usage, does in verbs]
    anywhere = "In threads, where Slack has no slash commands: !ack in a war room, or @muster ack anywhere."
    plainly = ", ".join(inline(usage.partition(" ")[0], 30) for usage, _ in verbs)
    return Message(f"{spoken} understands: {plainly}.", [section(f"*{spoken}*"), *sections(lines), context(anywhere)])

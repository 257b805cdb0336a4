"""What one Slack message says."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """`text` is a whole sentence, since screen readers and notifications have nothing else; `blocks` are what is seen.

    Both are mrkdwn in which everything foreign has been escaped already.
    https://docs.slack.dev/reference/methods/chat.postMessage#accessibility
    """

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)

"""How Slack says no."""

from typing import Any


class Refusal(Exception):
    """A call that Slack refuses: `{"ok": false, "error": …}`, with more beside it."""

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more
        if messages:
            self.more["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}

"""What Slack's refusals and silences mean for whoever waits: Refused, or Unavailable and whether it may have acted.

https://docs.slack.dev/apis/web-api/#responses · https://docs.slack.dev/apis/web-api/rate-limits
"""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.domain.fence import Overtaken

TOO_MANY_REQUESTS = 429
RETRY_AFTER = 10.0
"""Seconds, where Slack does not say."""

UNDECIDED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Time helps, and the call may have had its effect all the same."""
UNTOUCHED = frozenset(
    {"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "external_channel_migrating"}
)
"""Time helps, and nothing was done."""
REMEDIES = {
    "missing_scope": "reinstall the app from the manifest",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "not_authed": "set SLACK_BOT_TOKEN",
    "token_revoked": "reinstall the app and set SLACK_BOT_TOKEN",
    "account_inactive": "reinstall the app and set SLACK_BOT_TOKEN",
    "not_in_channel": "invite the bot to the channel",
    "channel_not_found": "check the channel's id, and invite the bot if it is private",
    "restricted_action": "a workspace setting forbids it; ask a Slack admin",
}
NOT_BELIEVED = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
FAILING = Trouble("slack", "failing")
_CODE = re.compile(r"[a-z0-9_]{3,80}")
_JSON_CODE = re.compile(r'"error":\s*"([^"]*)"')


class PeopleRefused(Refused):
    """An invitation refused for the sake of some: `people` maps their ids to Slack's word for why."""

    def __init__(self, message: str, *, code: str, people: dict[str, str]) -> None:
        super().__init__(message, code=code)
        self.people = people


def refusal(method: str, answer: Mapping[str, Any]) -> Refused | Unavailable:
    """What an answer with `ok: false` means."""
    code = str(answer.get("error") or "unknown_error")
    said = f"Slack refused {method}: {code if _CODE.fullmatch(code) else 'unknown_error'}"
    if code in UNDECIDED or code in UNTOUCHED:
        return Unavailable(said, retry_after=None, reached=code in UNDECIDED, trouble=FAILING)
    needed = f", needs {answer['needed']}" if answer.get("needed") else ""
    remedy = f" ({REMEDIES[code]}{needed})" if code in REMEDIES else ""
    trouble = Trouble("slack", "credentials") if code in NOT_BELIEVED else None
    people = {str(one["user"]): str(one["error"]) for one in answer.get("errors") or [] if _blames(one)}
    if people:
        return PeopleRefused(said, code=code, people=people)
    return Refused(said + remedy, code=code, trouble=trouble)


def silence(method: str, error: BaseException) -> Unavailable | Overtaken:
    """What a call without an answer means: only one that never got a connection has surely done nothing.

    What stopped us ourselves right before the bytes left is the cause that aiohttp names, and stays what it is."""
    if isinstance(error.__cause__, Unavailable | Overtaken):
        return error.__cause__
    unheard = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    trouble = Trouble("slack", "unreachable" if unheard else "silent")
    return Unavailable(f"Slack does not answer {method} ({type(error).__name__})", reached=not unheard, trouble=trouble)


def failing(said: str) -> Unavailable:
    """An answer that says only that Slack is in trouble: it may have acted."""
    return Unavailable(said, reached=True, trouble=FAILING)


def garbage(method: str) -> Unavailable:
    """An answer that nobody can read: Slack may have acted."""
    return Unavailable(f"Slack's answer to {method} makes no sense", reached=True, trouble=Trouble("slack", "garbage"))


def too_many(method: str, headers: Mapping[str, str]) -> Unavailable:
    """HTTP 429: how long to leave this method alone."""
    limited = Trouble("slack", "limited")
    return Unavailable(f"Slack's limit for {method}", retry_after=retry_after(headers), reached=False, trouble=limited)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; whatever the header's case, and a moderate guess when it is missing or nonsense."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(said) if said.isdecimal() and len(said) < 6 else RETRY_AFTER


def _blames(trouble: Any) -> bool:
    return isinstance(trouble, dict) and bool(trouble.get("user")) and bool(trouble.get("error"))


def code_in(text: str) -> str:
    """The vendor's word in an answer that is JSON or the bare word; empty when it is prose or a page."""
    word = _JSON_CODE.search(text)
    bare = word.group(1) if word else text.strip()
    return bare if _CODE.fullmatch(bare) else ""

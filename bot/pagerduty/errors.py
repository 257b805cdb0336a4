"""What went wrong with a call, told apart by who must act."""

import json
from typing import Any, Literal

import httpx

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.pagerduty.pace import told_to_wait
from bot.pagerduty.reading import clean

System = Literal["pagerduty", "events", "account"]
"""REST, Events, and either of other accounts than ours: what ails those keeps nobody from acting on incidents."""
NO_RETRY_BELOW = 500
LONGEST_COMPLAINT = 300  # characters; a proxy's error page is no sentence
MEND = {
    **dict.fromkeys(("301", "302", "307", "308"), "the address has moved: check PAGERDUTY_API_URL"),
    "401": "check the API token and the region: a token of the other region looks wrong too",
    "402": "the account's PagerDuty plan does not include this",
    "403": "the API token lacks the scope or the permission for this",
    "404": "it was deleted, or the API token may not see it",
    "413": "it is too large for PagerDuty",
    "1008": "no PagerDuty user has this e-mail address: it must be the same in Slack and in PagerDuty",
    "1018": "this PagerDuty user may not do that",
    "2010": "the API token, or this PagerDuty user, may not do that",
}


def failure(
    response: httpx.Response, *, writes: bool, secret: str = "", system: System = "pagerduty"
) -> Refused | Unavailable:
    """The error an unsuccessful answer stands for; `secret` is kept out of the sentence.

    https://developer.pagerduty.com/docs/errors: 429, 408 and 5xx pass by themselves, nothing else does.
    """
    status = response.status_code
    code, complaint = _complaint(response, secret)
    said = f"PagerDuty answered {status}" + (f": {complaint}" if complaint else "")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        limited, wait = Trouble(system, "limited"), told_to_wait(response.headers)
        return Unavailable(said, retry_after=wait, reached=False, trouble=limited)
    if status == httpx.codes.REQUEST_TIMEOUT or status >= NO_RETRY_BELOW:
        failing, wait = Trouble(system, "failing"), told_to_wait(response.headers)
        return Unavailable(said, retry_after=wait, reached=writes, trouble=failing)
    mend = MEND.get(code) or MEND.get(str(status))
    trouble = Trouble(system, "credentials") if status == httpx.codes.UNAUTHORIZED else None
    return Refused(f"{said} ({mend})" if mend else said, code=code, trouble=trouble)


def broken(error: httpx.RequestError, *, writes: bool, system: System = "pagerduty") -> Refused | Unavailable:
    """The error a call without an answer stands for: only a connection that never stood has surely done nothing."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return Refused("PagerDuty's address must begin with https://: check PAGERDUTY_API_URL", code="address")
    never_stood = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    if isinstance(error, never_stood):
        unreachable = Trouble(system, "unreachable")
        return Unavailable(f"PagerDuty cannot be reached ({type(error).__name__})", reached=False, trouble=unreachable)
    silent = Trouble(system, "silent")
    return Unavailable(f"PagerDuty's answer was lost ({type(error).__name__})", reached=writes, trouble=silent)


def _complaint(response: httpx.Response, secret: str) -> tuple[str, str]:
    """PagerDuty's code, or the HTTP status, and what it says.

    Five shapes are met: {"error": {"message", "code", "errors": [...]}}, the same with `errors` as text, `error` as
    text, `error` as a list, and no JSON at all; the Events API has {"status", "message", "errors": [...]}.
    """
    status = str(response.status_code)
    try:
        body = json.loads(_without(secret, response.content))
    except (ValueError, RecursionError):
        return status, _sentence(response.reason_phrase)
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return status, _sentence(error)
    code = error.get("code")
    parts = (_sentence(error.get("message")), _sentence(error.get("errors")))
    said = ": ".join(part for part in parts if part)
    return clean(str(code)) if isinstance(code, int | str) and code else status, said


def _sentence(said: Any) -> str:
    """Text, or a list of texts, as one line."""
    parts = said if isinstance(said, list) else [said]
    line = clean("; ".join(" ".join(part.split()) for part in parts if isinstance(part, str)))
    return line if len(line) <= LONGEST_COMPLAINT else line[: LONGEST_COMPLAINT - 1] + "…"


def _without(secret: str, content: bytes) -> bytes:
    return content.replace(secret.encode("utf-8", "replace"), b"[secret]") if secret else content

"""Signed requests as PagerDuty and Slack send them, each another one."""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from bot.simulator.credentials import PAGERDUTY_WEBHOOK_SECRET, SLACK_SIGNING_SECRET
from bot.simulator.slack.model import APP_ID, TEAM_ID
from tests.bench.mapping import BODY
from tests.bench.webhook import WEBHOOK

TOKEN = "what-proves-it-0123456789"
HEAD = "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{headers}\r\n"


def pagerduty() -> Iterator[bytes]:
    """Pages of ever new incidents that deserve no room: kept, read, recorded, and nothing owed."""
    body, secret = json.dumps(WEBHOOK), PAGERDUTY_WEBHOOK_SECRET.encode()
    for number in itertools.count(1):
        content = body.replace("{number}", f"{number:010d}").encode()
        signature = f"X-PagerDuty-Signature: v1={hmac.new(secret, content, hashlib.sha256).hexdigest()}\r\n"
        yield _request("/pagerduty/webhook", "application/json", signature, content)


def slack() -> Iterator[bytes]:
    """`/incident list`, by three people in turn."""
    for number in itertools.count(1):
        stamp, who = str(int(time.time())), ("U0ALICE", "U0BOB", "U0CAROL")[number % 3]
        fields = {
            "command": "/incident", "text": "list", "user_id": who, "user_name": "someone", "team_id": TEAM_ID,
            "channel_id": "C0GENERAL", "channel_name": "general", "api_app_id": APP_ID,
            "trigger_id": f"{number}.{stamp}", "response_url": "http://127.0.0.1:9/nowhere",
        }  # fmt: skip
        content = urlencode(fields).encode()
        base = f"v0:{stamp}:".encode() + content
        signature = "v0=" + hmac.new(SLACK_SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
        headers = f"X-Slack-Signature: {signature}\r\nX-Slack-Request-Timestamp: {stamp}\r\n"
        yield _request("/slack/events", "application/x-www-form-urlencoded", headers, content)


def generic() -> Iterator[bytes]:
    """What a mapping of eight fields makes an alert of, each time of another host."""
    for number in itertools.count(1):
        content = BODY.replace(b"db1", b"db%d" % number)
        yield _request("/in/generic", "application/json", f"Authorization: Bearer {TOKEN}\r\n", content)


SENDERS = {"pagerduty": pagerduty, "slack": slack, "generic": generic}


def _request(path: str, kind: str, headers: str, content: bytes) -> bytes:
    return HEAD.format(path=path, kind=kind, size=len(content), headers=headers).encode() + content

"""GitHub deploys, and the deployment fails until one succeeds."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.bot.sources.test_github import deployed
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

SIGNED = {"hmac": {"header": "X-Hub-Signature-256", "prefix": "sha256=", "secret": SECRET}}
GITHUB = {"github": source("github", verify=SIGNED, alerts=True)}
KEY = "github:acme/shop:deployment:production"


async def say(town: Works, state: str, delivery: str, secret: str = SECRET) -> int:
    body: Any = json.dumps(deployed(state)).encode()
    signature = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    told = {"X-GitHub-Event": "deployment_status", "X-GitHub-Delivery": delivery, "X-Hub-Signature-256": signature}
    answer = await town.post("/in/github", content=body, headers={**told, "Content-Type": "application/json"})
    return answer.status_code


async def test_a_failed_deployment_is_an_alert_and_a_change_and_counts_once(database_url: str) -> None:
    async with works(database_url, GITHUB) as town:
        assert await say(town, "failure", "forged", secret="a-guess") == 401
        assert [await say(town, "failure", "one") for _ in range(3)] == [202] * 3
        await eventually(lambda: town.alerts() == {KEY: "triggered"})
        await town.settled()
        assert await say(town, "success", "two") == 202
        await eventually(lambda: town.alerts() == {KEY: "resolved"})
        await town.settled()
        assert len(town.faults.calls("events:*")) == 4, "each time the alert and the change"

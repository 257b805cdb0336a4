"""The five systems as they speak: something is wrong, it is over, and how each proves who it is."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.bot.sources import keptn_events, prefect_events
from tests.bot.sources.said import FIXTURES
from tests.bot.sources.test_apica import filled
from tests.journeys.works import SECRET, Works

ATLAS = json.loads((FIXTURES / "mongodb-atlas-metric.txt").read_bytes(), strict=False)
HMAC = {"hmac": {"header": "X-MMS-Signature", "algorithm": "sha1", "encoding": "base64", "secret": SECRET}}
BEARER = {"bearer": SECRET}

Headers = Mapping[str, str]


def bearer(_: bytes, secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}


def basic(_: bytes, secret: str) -> Headers:
    credentials = base64.b64encode(f"apica:{secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}


def signature(body: bytes, secret: str) -> Headers:
    return {"X-MMS-Signature": base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()}


@dataclass(frozen=True)
class System:
    """`key`: of its alert. `summary` and `severity`: what PagerDuty should be told of it."""

    adapter: str
    key: str
    summary: str
    severity: str
    wrong: bytes
    over: bytes
    verify: Mapping[str, Any] = field(default_factory=lambda: BEARER)
    proof: Callable[[bytes, str], Headers] = bearer

    @property
    def source(self) -> dict[str, Any]:
        return {"adapter": self.adapter, "verify": dict(self.verify), "route": {"service": "Checkout"}}

    async def say(self, town: Works, body: bytes, *, secret: str = SECRET) -> httpx.Response:
        return await town.post(f"/in/{self.adapter}", content=body, headers=dict(self.proof(body, secret)))


def written(told: Any) -> bytes:
    return json.dumps(told).encode()


def apica(number: int, **changed: str) -> bytes:
    guid = f"5b6f1d0e-0001-4000-8000-00000000000{number}"
    return filled(**{"RESULT_G-U-I-D": guid, **changed}).encode()


SYSTEMS = (
    System(
        "relay", "relay:workflow:deploy", "Relay: deploy failed at step roll-out", "error",
        written({"workflow": "deploy", "run": 41, "status": "failed", "step": "roll-out"}),
        written({"workflow": "deploy", "run": 42, "status": "succeeded"}),
    ),
    System(
        "keptn", "keptn:shop:dev:carts:evaluation", "Keptn evaluation fail: shop/dev/carts", "error",
        written(keptn_events.finished()), written(keptn_events.finished(result="pass")),
    ),
    System(
        "prefect", "prefect:deployment:d1", "Failed", "error",
        written(prefect_events.wrapped(prefect_events.run("Failed", "r1", deployment="d1"))),
        written(prefect_events.wrapped(prefect_events.run("Completed", "r2", deployment="d1"))),
    ),
    System(
        "mongodb-atlas", "mongodb-atlas:65c0ffee0000000000000001", "DISK_PARTITION_SPACE_USED_DATA", "warning",
        written(ATLAS), written({**ATLAS, "status": "CLOSED", "updated": "2026-03-02T09:30:00Z"}), HMAC, signature,
    ),
    System(
        "apica", "apica:4711", "Sign in", "critical", apica(1),
        apica(2, NEW_SEV_CHAR="I", NEW_SEV_WORD="Info", OLD_SEV_CHAR="F"), {"basic": f"apica:{SECRET}"}, basic,
    ),
)  # fmt: skip

"""Whoever asked something of PagerDuty hears once that it is silent, and not at all when it was done."""

from typing import Any

import pytest

from bot.domain.events import requests
from bot.effects import EFFECTS
from storage import Transaction
from tests.bot.effects.conftest import Scene
from tests.builders import ALICE, claim
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]


async def asked(scene: Scene) -> dict[str, Any]:
    """What the look was told, once Alice has asked."""
    await scene.happens(requests.AcknowledgeRequested, by=ALICE)
    entry = (await scene.world.database.read(lambda tx: tx.timeline("INC-1")))[-1]
    return {
        "request": entry.key, "asker": ALICE.id, "name": ALICE.name, "verb": "acknowledge", "in_lane": "INC-1/pagerduty"
    }  # fmt: skip


async def test_what_is_still_owed_is_said_to_wait(scene: Scene) -> None:
    (late,) = await scene.do("tell_if_silent", **await asked(scene))
    assert late.text().startswith("Waiting for PagerDuty to acknowledge for Alice Andersen: no answer yet")
    assert (await scene.incident()).late


async def test_what_was_done_is_not(scene: Scene) -> None:
    wanted = await asked(scene)
    await scene.world.database.write(done)
    assert await scene.do("tell_if_silent", **wanted) == []


def done(tx: Transaction) -> None:
    for owed in tx.claim(100):
        tx.settle(owed)


async def test_the_look_and_a_failed_attempt_say_the_same_once(scene: Scene) -> None:
    wanted = await asked(scene)
    [failed] = EFFECTS["acknowledge"].delayed(claim("acknowledge", **wanted), "PagerDuty answers 503", wait=1.0)
    await scene.record(failed)
    (again,) = await scene.do("tell_if_silent", **wanted)
    assert again.key == failed.key
    assert (await scene.incident()).late == "PagerDuty answers 503"
    kinds = [entry.kind for entry in await scene.world.database.read(lambda tx: tx.timeline("INC-1"))]
    assert kinds.count("request.delayed") == 1

"""The floor of a war room: the same calls to Slack and PagerDuty, each as early as it can be made, and nothing else.

python -m tests.bench.ideal SIMULATOR INCIDENT ROOMS: prints the milliseconds until the card was answered, and all.
"""

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp
import uvloop

from bot.simulator.credentials import PAGERDUTY_API_TOKEN, SLACK_BOT_TOKEN

FROM_SLACK = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}
FROM_PAGERDUTY = {
    "Authorization": f"Token token={PAGERDUTY_API_TOKEN}", "Content-Type": "application/json",
    "From": "alice@example.com",
}  # fmt: skip
CARD = [{"type": "section", "text": {"type": "mrkdwn", "text": "Checkout returns 500"}}]


class Opener:
    """Opens rooms over one session."""

    def __init__(self, session: aiohttp.ClientSession, base: str, incident: str) -> None:
        self._session, self._base, self._incident = session, base, incident
        self.card: list[float] = []
        self.whole: list[float] = []

    async def open(self, number: int) -> None:
        self._began = time.perf_counter()
        created = await self._slack("conversations.create", name=f"ideal-{number}-checkout-returns-500")
        room = created["channel"]["id"]
        links = (self._bookmark(room, title) for title in ("incident", "runbook", "bridge"))
        await asyncio.gather(
            self._card(room), self._slack("conversations.invite", channel=room, users="U0ALICE,U0BOB"),
            self._slack("conversations.setTopic", channel=room, topic="Checkout returns 500"),
            self._slack("conversations.setPurpose", channel=room, purpose="War room"), *links,
            self._slack("chat.postMessage", channel="C0INCIDENTS", text="Checkout returns 500"), self._note(),
        )  # fmt: skip
        self.whole.append(self._milliseconds())

    async def _card(self, room: str) -> None:
        card = await self._slack("chat.postMessage", channel=room, text="Checkout", blocks=json.dumps(CARD))
        self.card.append(self._milliseconds())
        await self._slack("pins.add", channel=room, timestamp=card["ts"])

    async def _bookmark(self, room: str, title: str) -> None:
        link = f"https://example.com/{title}"
        await self._slack("bookmarks.add", channel_id=room, title=title, type="link", link=link)

    async def _note(self) -> None:
        url = f"{self._base}/pagerduty/incidents/{self._incident}/notes"
        async with self._session.post(url, json={"note": {"content": "Room"}}, headers=FROM_PAGERDUTY) as answer:
            answer.raise_for_status()

    async def _slack(self, method: str, **form: str) -> Any:
        async with self._session.post(f"{self._base}/slack/api/{method}", data=form, headers=FROM_SLACK) as answer:
            told = await answer.json()
        if not told["ok"]:
            raise RuntimeError(f"{method}: {told['error']}")
        return told

    def _milliseconds(self) -> float:
        return (time.perf_counter() - self._began) * 1000


async def main(base: str, incident: str, rooms: int) -> None:
    async with aiohttp.ClientSession() as session:
        opener = Opener(session, base, incident)
        for number in range(rooms + 1):
            await opener.open(number)
    print(json.dumps({"card": opener.card[1:], "whole": opener.whole[1:]}))  # the first made the connections


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

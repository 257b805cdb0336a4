"""What a browser sends on behalf of the page, without a browser."""

from typing import Any

import aiohttp

Json = dict[str, Any]


class Browser:
    """`url` is the simulator's; its own page's Origin goes with every POST."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url

    async def state(self, **watched: str) -> Json:
        async with self._session.get(f"{self.url}/page/state", params=watched) as answer:
            assert answer.status == 200, await answer.text()
            body: Json = await answer.json()
            return body

    async def act(self, action: str, **body: Any) -> Json:
        """Does it, and it works."""
        status, done = await self.tried(action, body)
        assert status == 200, done
        return done

    async def tried(self, action: str, body: Any) -> tuple[int, Json]:
        headers = {"Origin": self.url}
        async with self._session.post(f"{self.url}/page/act/{action}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def answered(self, method: str, path: str, **options: Any) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of any request."""
        async with self._session.request(method, self.url + path, **options) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

"""A system that fetches a token first."""

import httpx
import pytest

from tests.bot.sources.test_apica import filled
from tests.eventually import eventually
from tests.journeys.works import SECRET, Works, source, works

pytestmark = pytest.mark.anyio

OAUTH2 = {"oauth2": {"client_id": "apica", "client_secret": SECRET}}
SOURCES = {"apica": source("apica", verify=OAUTH2), "other": source("apica", verify=OAUTH2), "plain": source("apica")}


async def fetched(town: Works, name: str = "apica", secret: str = SECRET) -> httpx.Response:
    told = {"grant_type": "client_credentials", "client_id": "apica", "client_secret": secret}
    return await town.post(f"/in/{name}/token", data=told, headers={})


async def sent(town: Works, told: str, name: str = "apica") -> httpx.Response:
    headers = {"Authorization": f"Bearer {told}"}
    return await town.post(f"/in/{name}", content=filled().encode(), headers=headers)


async def test_a_token_is_given_to_the_client_and_opens_its_own_door(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        answer = await fetched(town)
        told = answer.json()
        assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 900)
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
        assert (await sent(town, told["access_token"], "other")).status_code == 401
        assert (await sent(town, told["access_token"])).status_code == 202
        await eventually(lambda: town.alerts() == {"apica:4711": "triggered"})


async def test_nobody_else_is_given_one_and_no_other_bearer_is_believed(database_url: str) -> None:
    async with works(database_url, SOURCES) as town:
        refused = await fetched(town, secret="another")
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        wrong = await town.post("/in/apica/token", data={"grant_type": "password"}, headers={})
        assert (wrong.status_code, wrong.json()["error"]) == (400, "unsupported_grant_type")
        assert {(await fetched(town, name)).status_code for name in ("plain", "nobody")} == {404}
        answer = await sent(town, SECRET)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
        assert town.alerts() == {}

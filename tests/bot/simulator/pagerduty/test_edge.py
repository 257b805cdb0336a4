"""Who may call REST, how often, and what goes wrong on purpose."""

import httpx
import pytest

from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from tests.bot.simulator.pagerduty.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("word", ["", "Token token=wrong", "Bearer wrong", f"Basic {PAGERDUTY_API_TOKEN}"])
async def test_a_wrong_key_is_refused(pd: World, word: str) -> None:
    response = await pd.client.get("/pagerduty/incidents", headers={"Authorization": word})
    assert (response.status_code, response.json()["error"]["code"]) == (401, 2006)


async def test_a_bearer_token_is_as_good(pd: World) -> None:
    response = await pd.client.get("/pagerduty/incidents", headers={"Authorization": f"Bearer {PAGERDUTY_API_TOKEN}"})
    assert response.status_code == 200


@pytest.mark.parametrize(("method", "kind"), [("GET", ""), ("GET", "text/plain"), ("PUT", "text/plain")])
async def test_a_call_that_does_not_say_it_speaks_json_is_refused(pd: World, method: str, kind: str) -> None:
    response = await pd.client.request(method, "/pagerduty/incidents", headers={"Content-Type": kind})
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2001)


async def test_calls_are_counted_and_the_961st_is_refused_once_limits_are_on(pd: World) -> None:
    remaining = [(await pd.response("GET", "/abilities")).headers["ratelimit-remaining"] for _ in range(2)]
    assert remaining == ["959", "958"]
    pd.pagerduty.limits = True
    statuses = [(await pd.response("GET", "/abilities")).status_code for _ in range(958)]
    assert set(statuses) == {200}
    refused = await pd.response("GET", "/abilities")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, 2020)
    assert 0 < int(refused.headers["ratelimit-reset"]) <= 60


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(pd: World, body: bytes) -> None:
    response = await pd.client.post("/pagerduty/incidents", content=body, headers={"From": "alice@example.com"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, 2001)


async def test_an_unknown_resource_is_not_found(pd: World) -> None:
    assert (await pd.response("GET", "/postmortems")).status_code == 404


async def test_a_lost_reply_is_acted_upon(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    pd.faults.add("pagerduty:PUT /incidents/*", lost_reply=True, times=1)
    body = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    with pytest.raises(httpx.RemoteProtocolError):
        await pd.response("PUT", f"/incidents/{incident.id}", body)
    assert incident.status == "acknowledged"


async def test_the_switch_pagerduty_down_hits_rest_and_events(pd: World) -> None:
    pd.faults.switch("pagerduty-down", True)
    assert (await pd.response("GET", "/incidents")).status_code == 503
    assert (await pd.event(event_action="trigger")).status_code == 503


async def test_a_link_leads_to_the_page(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    shown = (await pd.call("GET", f"/incidents/{incident.id}"))["incident"]
    assert shown["self"] == f"{pd.url}/pagerduty/incidents/{incident.id}"
    assert shown["html_url"] == f"{pd.url}/incidents/{incident.id}"
    assert (await pd.client.get(shown["html_url"])).headers["location"] == f"/#/incidents/{incident.id}"

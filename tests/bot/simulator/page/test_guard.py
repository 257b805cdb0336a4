"""Other pages of the same browser can neither read nor drive the simulator."""

from urllib.parse import urlsplit

import pytest

from bot.simulator import Simulator
from tests.bot.simulator.page.browser import Browser

pytestmark = pytest.mark.anyio

TRIGGER = {"title": "Forged", "service": "Checkout", "urgency": "high"}


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://[::1"])
async def test_a_page_elsewhere_cannot_act(simulator: Simulator, browser: Browser, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    status, _, _ = await browser.answered("POST", "/page/act/trigger", json=TRIGGER, headers=headers)
    assert status == 403
    assert simulator.pagerduty.incidents == []


async def test_a_name_that_points_here_cannot_read_or_act(simulator: Simulator, browser: Browser) -> None:
    """DNS rebinding: the Origin fits the Host, but the Host is somebody else's."""
    foreign = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert (await browser.answered("GET", "/page/state", headers=foreign))[0] == 403
    assert (await browser.answered("GET", "/page/news", headers=foreign))[0] == 403
    assert (await browser.answered("POST", "/page/act/trigger", json=TRIGGER, headers=foreign))[0] == 403
    assert simulator.pagerduty.incidents == []


@pytest.mark.parametrize("name", ["localhost", "muster.localhost", "127.0.0.1", "[::1]"])
async def test_this_machine_by_any_of_its_names_may(browser: Browser, name: str) -> None:
    host = f"{name}:{urlsplit(browser.url).port}"
    own = {"Host": host, "Origin": f"http://{host}"}
    assert (await browser.answered("GET", "/", headers=own))[0] == 200
    assert (await browser.answered("POST", "/page/act/trigger", json=TRIGGER, headers=own))[0] == 200


async def test_nothing_from_elsewhere_runs_in_the_page(browser: Browser) -> None:
    _, _, headers = await browser.answered("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.py", "__init__.py", "nothing.js", "..%2Fcredentials.py", "%2e%2e%2Fx.js"])
async def test_only_the_pages_own_files_are_served(browser: Browser, name: str) -> None:
    status, _, _ = await browser.answered("GET", f"/page/files/{name}")
    assert status == 404

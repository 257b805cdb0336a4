import os
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from bot.simulator import Simulator
from tests.bot.simulator.page.stand_in import StandIn
from tests.browser.page import Page
from tests.browser.stage import Stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1440,900", "--lang=en",
    "--force-prefers-reduced-motion", "--disable-features=SpareRendererForSitePerProcess",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """The system's Chromium. Without one the tests are skipped; in CI they fail."""
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        missing = "Chromium" if binary is None else "chromedriver"
        _give_up(f"{missing} is not installed: the page is not tried in a browser")
        return
    options = ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for option in OPTIONS:
        options.add_argument(option)
    chrome = Chrome(options=options, service=ChromeService(driver))
    yield chrome
    chrome.quit()


def _give_up(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def simulator(stage: Stage) -> Simulator:
    return stage.enter(Simulator())


@pytest.fixture
def bot(stage: Stage, simulator: Simulator) -> StandIn:
    return stage.enter(StandIn(simulator))


@pytest.fixture
def page(browser: Chrome, simulator: Simulator, bot: StandIn) -> Iterator[Page]:
    """The page, freshly opened; what its scripts complained of fails the test."""
    page = Page(browser, simulator.url)
    yield page
    complaints = page.complaints()
    browser.get("about:blank")
    assert complaints == []

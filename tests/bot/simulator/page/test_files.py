"""The page's files: nothing from the net, nothing foreign read as HTML, everything that is named is there."""

import re
from pathlib import Path

import pytest

from bot.simulator.page.page import FILES
from tests.bot.simulator.page.browser import Browser

pytestmark = pytest.mark.anyio

SCRIPTS = sorted(FILES.glob("*.js"))
SERVED = [path for path in sorted(FILES.iterdir()) if path.suffix in {".js", ".css", ".svg", ".html"}]


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_a_file_loads_nothing_from_elsewhere(path: Path) -> None:
    loading = re.compile(r"""(?:src|href)="(?:https?:)?//|url\((?!#)|@import|from "(?!\./)|import\(""")
    assert not loading.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_makes_html_of_text(path: Path) -> None:
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text("utf-8"))


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_every_picture_that_is_named_is_drawn(path: Path) -> None:
    drawn = {name: set(re.findall(r'symbol id="([^"]+)"', (FILES / name).read_text("utf-8"))) for name in _SHEETS}
    text = path.read_text("utf-8")
    icons = re.findall(r'\bicon\("(\w+)"\)|icons\.svg#(\w+)', text)
    assert {one or other for one, other in icons} <= drawn["icons.svg"]
    if path.name == "emoji.js":
        listed = text.split("const DRAWN = {")[1].split("};")[0]
        assert set(re.findall(r'"?([\w+]+)"?: "', listed)) == drawn["emoji.svg"]


_SHEETS = ("icons.svg", "emoji.svg")


async def test_the_page_and_all_it_loads_are_served(browser: Browser) -> None:
    status, html, headers = await browser.answered("GET", "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    wanted = set(re.findall(r'"(/page/files/[\w.]+)', html))
    for script in SCRIPTS:
        wanted |= {f"/page/files/{name}" for name in re.findall(r'from "\./([\w.]+)"', script.read_text("utf-8"))}
    for path in wanted:
        assert (await browser.answered("GET", path))[0] == 200, path


async def test_scripts_have_the_type_browsers_insist_on(browser: Browser) -> None:
    _, _, headers = await browser.answered("GET", "/page/files/main.js")
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"

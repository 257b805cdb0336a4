"""`muster doctor` names what is wrong and how to mend it, whatever else is wrong too."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.console.demo import environment
from bot.doctor import Finding, examine
from bot.doctor.pagerduty import refused_token
from bot.doctor.patient import admitted
from bot.simulator import Simulator, credentials
from tests.bot.hospital import Setting, healthy, served
from tests.bot.plants import MET_TWICE, NOWHERE, PLANTS

pytestmark = pytest.mark.anyio
MONDAY = "Mon, 05 Jan 2026 00:00:00 GMT"


@pytest.fixture
async def setting(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Setting]:
    async with healthy(sqlite_url, tmp_path) as setting:
        yield setting


async def test_where_all_is_well_there_is_nothing_to_mend_and_no_advice(setting: Setting) -> None:
    setting.yaml = {
        "routing": [{"announce": "#incidents", "invite": ["@sre", "bob@example.com", "U0ALICE"], "teams": ["PTSEARC"]}],
        "default": {"announce": "C0INCIDENTS"}, "services": {"Checkout": {"integration_key": "c" * 32}},
        "people": {"U0DANA": "erin@example.com"},
    }  # fmt: skip
    setting.environ["SLACK_APP_TOKEN"] = credentials.SLACK_APP_TOKEN
    setting.environ["SLACK_BOT_TOKEN_FILE"] = setting.write("token", credentials.SLACK_BOT_TOKEN)
    findings = await examine(setting.config())
    assert [str(each) for each in findings if not each.is_well or each.mend] == []
    assert len(findings) >= 18


@pytest.mark.parametrize("name", PLANTS)
async def test_a_planted_mistake_is_named_with_its_mend(setting: Setting, name: str) -> None:
    planted = PLANTS[name]
    planted.plant(setting)
    found = [each for each in await examine(setting.config()) if each.about == planted.about]
    guilty = [each for each in found if planted.found in each.found + each.mend and planted.mend in each.mend]
    assert [each.is_well for each in guilty] == [planted.is_well], [str(each) for each in found]


@pytest.mark.parametrize("name", MET_TWICE)
async def test_one_mistake_is_told_once(setting: Setting, name: str) -> None:
    """By the check that says most of it, whoever else meets it."""
    planted = MET_TWICE[name]
    planted.plant(setting)
    findings = [each for each in await examine(setting.config()) if not each.is_well]
    assert [each.about for each in findings] == [planted.about], [str(each) for each in findings]
    assert planted.found in findings[0].found + findings[0].mend
    assert planted.mend in findings[0].mend


async def test_of_two_mistakes_both_are_told(setting: Setting) -> None:
    """Though one of them is what another check would have met."""
    MET_TWICE["a right that two checks need"].plant(setting)
    MET_TWICE["a misspelt variable"].plant(setting)
    setting.subscription.active = False
    ill = [each.about for each in await examine(setting.config()) if not each.is_well]
    assert ill == ["Environment", "PagerDuty rights", "Webhooks"]


async def test_with_everything_away_each_of_them_is_named(setting: Setting) -> None:
    gone = ("SLACK_API_URL", "PAGERDUTY_API_URL", "MUSTER_PUBLIC_URL")
    setting.environ |= dict.fromkeys(gone, NOWHERE) | {"DATABASE_URL": "mysql://somewhere/muster"}
    ill = {each.about for each in await examine(setting.config()) if not each.is_well}
    assert ill == {"Slack", "PagerDuty", "Database", "Public address"}


async def test_with_nothing_set_each_finding_says_what_to_set(setting: Setting) -> None:
    """And nobody is asked anything: there is nothing to ask about yet."""
    setting.environ = {"DATABASE_URL": setting.environ["DATABASE_URL"]}
    findings = await examine(setting.config())
    assert len({each.about for each in findings}) == len(findings)
    assert [each.about for each in findings if not each.is_well] == [
        "Slack", "PagerDuty", "Slack requests", "Webhook secret",
    ]  # fmt: skip
    assert not [each for each in findings if "answers" in str(each)]


async def test_beside_a_simulator_as_it_is_printed_there_is_nothing_to_mend(sqlite_url: str, tmp_path: Path) -> None:
    async with Simulator() as simulator:
        setting = Setting(simulator, {**environment(simulator), "DATABASE_URL": sqlite_url}, tmp_path)
        simulator.bot_url = simulator.url
        findings = await examine(setting.config())
    assert [str(each) for each in findings if not each.is_well] == []
    assert not [each for each in findings if "reinstall" in each.mend or (each.about == "Slack requests" and each.mend)]


async def test_a_token_of_the_other_region_is_recognised(setting: Setting) -> None:
    async def unknown(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "Authentication failed", "code": 2006}}, status=401)

    async with served(web.get("/abilities", unknown)) as us:
        eu = setting.environ["PAGERDUTY_API_URL"]
        setting.environ["PAGERDUTY_API_URL"] = us
        async with admitted(setting.config()) as patient:
            finding = await refused_token(patient, "PagerDuty", {"us": (us, ""), "eu": (eu, "")})
    assert "taken in region eu" in finding.found
    assert finding.mend == "Set PAGERDUTY_REGION=eu."


async def test_a_clock_that_is_off_is_noticed(setting: Setting) -> None:
    async def api_test(request: web.Request) -> web.Response:
        return web.json_response({"ok": True}, headers={"Date": MONDAY})

    async with served(web.get("/api.test", api_test)) as elsewhere:
        setting.environ["SLACK_API_URL"] = elsewhere
        findings = [each for each in await examine(setting.config()) if "clock" in each.about]
    assert [each.is_well for each in findings] == [False, True]
    assert (findings[0].about, "ahead of it" in findings[0].found) == ("Slack's clock", True)
    assert "chrony" in findings[0].mend


async def test_a_personal_token_is_not_taken_for_a_bots(setting: Setting) -> None:
    async def auth_test(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": "alice", "team": "Simulated"})

    async with served(web.post("/auth.test", auth_test)) as elsewhere:
        setting.environ["SLACK_API_URL"] = elsewhere
        finding = (await examine(setting.config()))[0]
    assert (finding.is_well, "xoxb-" in finding.mend) == (False, True)


async def test_nothing_is_created_and_no_socket_is_opened(setting: Setting) -> None:
    missing = setting.folder / "new.db"
    setting.environ |= {"DATABASE_URL": f"sqlite:///{missing}", "SLACK_APP_TOKEN": credentials.SLACK_APP_TOKEN}
    findings = await examine(setting.config())
    assert all(each.is_well for each in findings)
    assert not list(setting.folder.glob("new.db*"))
    assert len(setting.slack.sockets) == 0


async def test_no_finding_shows_a_secret(setting: Setting) -> None:
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PAGERDUTY_API_TOKEN", "PAGERDUTY_WEBHOOK_SECRETS")
    setting.environ |= {name: f"hush-{name}" for name in names}
    said = " ".join(str(each) for each in await examine(setting.config()))
    assert "hush-" not in said


def test_a_finding_is_one_line_or_two() -> None:
    assert str(Finding(True, "Slack", "in Acme as @muster.")) == "ok   Slack: in Acme as @muster."
    assert str(Finding(True, "Clock", "off.", "Mind it.")) == "note Clock: off.\n     Mind it."
    assert str(Finding(False, "Clock", "off.", "Mend it.")) == "MEND Clock: off.\n     Mend it."


@pytest.mark.parametrize(("token", "code"), [(credentials.PAGERDUTY_API_TOKEN, 0), ("wrong", 1)])
async def test_the_exit_code_says_whether_something_needs_mending(setting: Setting, token: str, code: int) -> None:
    setting.environ["PAGERDUTY_API_TOKEN"] = token
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", env={**os.environ, **setting.told()}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == code
    assert (b"MEND PagerDuty" in said) == bool(code)

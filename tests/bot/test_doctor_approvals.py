"""`muster doctor` says whether people can be asked for approvals, and whether Keptn would take their answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.doctor import Finding, examine
from tests import keptn as pretended
from tests.bot.hospital import Setting, healthy
from tests.keptn import TOKEN, Keptn

pytestmark = pytest.mark.anyio


@pytest.fixture
async def keptn() -> AsyncIterator[Keptn]:
    async with pretended.pretended() as there:
        yield there


@pytest.fixture
async def setting(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Setting]:
    async with healthy(sqlite_url, tmp_path) as setting:
        yield setting


async def found(setting: Setting, about: str, **told: str) -> list[Finding]:
    asking = {"adapter": "keptn", "verify": {"bearer": "t"}, "route": {"service": "Checkout"}, "write_back": told}
    setting.yaml = {"sources": {"delivery": asking}}
    return [one for one in await examine(setting.config()) if one.about == about]


async def test_where_keptn_believes_the_token_all_is_well(setting: Setting, keptn: Keptn) -> None:
    [one] = await found(setting, "Approvals", url=keptn.url, token=TOKEN, approvals="#incidents")
    assert (one.is_well, one.found) == (True, "delivery: Keptn believes the token.")


async def test_a_wrong_token_and_a_wrong_address_are_told_apart(setting: Setting, keptn: Keptn) -> None:
    [token] = await found(setting, "Approvals", url=keptn.url, token="hush", approvals="#incidents")
    assert (token.is_well, "write_back.token" in token.mend, "hush" in str(token)) == (False, True, False)
    bridge = keptn.url.removesuffix("/api")
    [address] = await found(setting, "Approvals", url=bridge, token=TOKEN, approvals="#incidents")
    assert (address.is_well, "ends in /api" in address.mend) == (False, True)


async def test_a_channel_that_muster_is_not_in_is_named(setting: Setting, keptn: Keptn) -> None:
    told = await found(setting, "Announcements", url=keptn.url, token=TOKEN, approvals="#releases")
    assert [one.found for one in told if not one.is_well] == ["Muster is in no channel #releases."]

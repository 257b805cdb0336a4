"""MongoDB Atlas' API, as far as alerts need it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from bot.atlas import Atlas
from bot.domain.errors import Refused, Unavailable
from bot.domain.source import WriteBack
from bot.outbound import trusted
from tests import atlas as pretended

pytestmark = pytest.mark.anyio
UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC)
GROUP = pretended.GROUP


@pytest.fixture
async def theirs() -> AsyncIterator[pretended.Atlas]:
    async with pretended.pretended() as there:
        yield there


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=trusted(), trust_env=False) as client:
        yield client


def ours(http: httpx.AsyncClient, theirs: pretended.Atlas, **known: tuple[str, str]) -> Atlas:
    return Atlas(http, WriteBack(theirs.url, **(known or {"client": pretended.CLIENT})))  # type: ignore[arg-type]


async def test_an_alert_is_acknowledged_until_then_and_that_is_taken_back(
    http: httpx.AsyncClient, theirs: pretended.Atlas
) -> None:
    atlas = ours(http, theirs)
    await atlas.acknowledge(GROUP, "a1", UNTIL)
    await atlas.unacknowledge(GROUP, "a1")
    assert [body.get("acknowledgedUntil") for body in theirs.patched] == ["2026-03-02T09:00:00Z", None]
    assert theirs.tokens == 1


async def test_an_api_key_proves_itself_by_digest(http: httpx.AsyncClient, theirs: pretended.Atlas) -> None:
    await ours(http, theirs, key=pretended.KEY).unacknowledge(GROUP, "a1")
    assert len(theirs.patched) == 1


async def test_a_configuration_is_read_once_an_hour_whatever_it_says(
    http: httpx.AsyncClient, theirs: pretended.Atlas
) -> None:
    atlas, theirs.severities = ours(http, theirs), {"c1": "Warning", "c2": "odd"}
    for _ in range(3):
        assert (await atlas.severity(GROUP, "c1"), await atlas.severity(GROUP, "c2")) == ("warning", None)
    assert len(theirs.asked) == 2


@pytest.mark.parametrize("name", ["../x", "", "a/b", "x" * 65])
async def test_an_id_that_is_none_is_asked_nowhere(
    http: httpx.AsyncClient, theirs: pretended.Atlas, name: str
) -> None:
    with pytest.raises(Refused):
        await ours(http, theirs).unacknowledge(GROUP, name)
    assert theirs.asked == []


@pytest.mark.parametrize(("status", "error"), [(404, Refused), (403, Refused), (429, Unavailable), (503, Unavailable)])
async def test_what_time_mends_is_told_apart(
    http: httpx.AsyncClient, theirs: pretended.Atlas, status: int, error: type[Exception]
) -> None:
    theirs.status = status
    with pytest.raises(error, match=str(status)):
        await ours(http, theirs).unacknowledge(GROUP, "a1")


async def test_wrong_credentials_are_refused_and_not_shown(http: httpx.AsyncClient, theirs: pretended.Atlas) -> None:
    for known in ({"client": ("who", "hush-hush")}, {"key": ("who", "hush-hush")}):
        with pytest.raises(Refused, match="check the credentials") as refusal:
            await ours(http, theirs, **known).unacknowledge(GROUP, "a1")
        assert "hush" not in str(refusal.value)


async def test_nobody_there_is_no_fault_of_ours(http: httpx.AsyncClient) -> None:
    nobody = Atlas(http, WriteBack("http://127.0.0.1:9", client=pretended.CLIENT))
    with pytest.raises(Unavailable):
        await nobody.unacknowledge(GROUP, "a1")

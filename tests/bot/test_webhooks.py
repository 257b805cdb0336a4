"""PagerDuty's door: what is signed is kept before it is answered, what is not is refused, nothing is kept twice."""

import asyncio
import gzip
import hashlib
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from freezegun import freeze_time

from bot import webhooks
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.entrance.gate import LARGEST
from bot.metrics import REGISTRY
from bot.receiving.reader import Reader, read_some
from storage import Database, Delivery
from tests.bot.doors import WEBHOOK, header, kinds, pagerdutys, raw, serving, told
from tests.databases import on_sqlite

pytestmark = pytest.mark.anyio
PATH, NEXT = "/pagerduty/webhook", "the-next-secret"


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Two secrets are configured; nobody reads."""
    async with serving(webhooks.routes(database, Reader(database), secrets=(WEBHOOK, NEXT))) as client:
        yield client


async def kept(database: Database) -> list[Delivery]:
    return await database.write(lambda tx: tx.unread(100))


async def test_a_signed_delivery_is_durable_before_it_is_answered(
    client: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    body = told()
    assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 202
    database.close()
    again = Database(database_url, Reactions(Routing()))
    again.open()
    (delivery,) = await kept(again)
    again.close()
    assert (delivery.body, delivery.key, delivery.subject, delivery.state) == (body, "pagerduty:EVENT1", "Q1", "kept")
    assert delivery.headers["Content-Type"] == "application/json"
    assert "X-PagerDuty-Signature" not in delivery.headers


async def test_the_same_event_is_kept_once_however_it_comes(client: httpx.AsyncClient, database: Database) -> None:
    """The same at once, again later, and with another unsigned id."""
    body = told()
    posts = [
        client.post(PATH, content=body, headers={**pagerdutys(body), "X-Webhook-Id": str(nth)}) for nth in range(3)
    ]
    assert {answer.status_code for answer in await asyncio.gather(*posts)} == {202}
    await database.write(read_some)
    assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 202
    assert await kept(database) == []
    assert await kinds(database) == ["incident.triggered"]


@on_sqlite
@pytest.mark.parametrize(
    "secrets",
    [(WEBHOOK,), (NEXT,), (WEBHOOK, NEXT), ("revoked", NEXT), (*(f"wrong-{n}" for n in range(63)), WEBHOOK)],
    ids=["first", "second", "both", "rotated", "last of 64"],
)
async def test_any_signature_with_any_of_our_secrets_will_do(client: httpx.AsyncClient, secrets: tuple[str]) -> None:
    body = told()
    assert (await client.post(PATH, content=body, headers=pagerdutys(body, *secrets))).status_code == 202


GENUINE = pagerdutys(told())["X-PagerDuty-Signature"]
FORGED = {
    "wrong secret": pagerdutys(told(), "wrong")["X-PagerDuty-Signature"].encode(),
    "empty secret": pagerdutys(told(), "")["X-PagerDuty-Signature"].encode(),
    "one bit": GENUINE[:-1].encode() + (b"0" if GENUINE[-1] != "0" else b"1"),
    "of another body": pagerdutys(told("EVENT2"))["X-PagerDuty-Signature"].encode(),
    "another version": GENUINE.replace("v1=", "v0=").encode(),
    "no version": GENUINE.removeprefix("v1=").encode(),
    "plain hash": b"v1=" + hashlib.sha256(told()).hexdigest().encode(),
    "cut": GENUINE[:-2].encode(),
    "nothing": b"",
    "just a name": b"v1=",
    "not hexadecimal": b"v1=" + b"z" * 64,
    "not ASCII": "v1=é".encode() + b"\xff\xfe",
    "full-width digits": b"v1=" + "１".encode() * 64,
    "behind 64 others": b",".join([b"v1=00"] * 64 + [GENUINE.encode()]),
    "thousands": b",".join([b"v1=0"] * 1500),
}


@on_sqlite
@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED)
async def test_what_is_forged_is_refused_and_not_kept(
    client: httpx.AsyncClient, database: Database, signature: bytes
) -> None:
    headers = header("X-PagerDuty-Signature", signature, {})
    assert (await client.post(PATH, content=told(), headers=headers)).status_code == 401
    assert await kept(database) == []


@on_sqlite
async def test_without_a_signature_nothing_is_believed(client: httpx.AsyncClient, database: Database) -> None:
    assert (await client.post(PATH, content=told())).status_code == 401
    assert await kept(database) == []


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("muster_deliveries_total", {"door": "pagerduty", "outcome": outcome}) or 0.0


@on_sqlite
@pytest.mark.parametrize(
    ("signature", "body", "outcome"),
    [
        (None, b"{}", "unsigned"), (b"", b"{}", "unsigned"), (None, b" " * (LARGEST + 1), "unsigned"),
        (b"v1=00", b"{}", "401"), (b"v1=00", b" " * (LARGEST + 1), "413"), (GENUINE.encode(), told(), "202"),
    ],
    ids=["none", "empty", "none, too large", "forged", "forged, too large", "genuine"],
)  # fmt: skip
async def test_what_carries_no_signature_is_counted_apart(
    client: httpx.AsyncClient, signature: bytes | None, body: bytes, outcome: str
) -> None:
    """The critical alert is not for every passer-by to ring."""
    before = counted(outcome)
    headers = {} if signature is None else header("X-PagerDuty-Signature", signature, {})
    await client.post(PATH, content=body, headers=headers)
    assert counted(outcome) == before + 1


@on_sqlite
@pytest.mark.parametrize("value", [b"v1=\0", b",".join([b"v1=" + b"0" * 64] * 10_000)], ids=["NUL", "ten thousand"])
async def test_headers_that_no_http_has_are_refused_by_the_server(client: httpx.AsyncClient, value: bytes) -> None:
    head = b"POST /pagerduty/webhook HTTP/1.1\r\nHost: muster\r\nX-PagerDuty-Signature: " + value
    assert await raw(client, head + b"\r\nContent-Length: 0\r\n\r\n") == 400


NONSENSE = {
    "empty": b"", "not JSON": b"\xff\0hello", "a list": b"[]", "null": b"null", "a number": b"9" * 5000,
    "too deep": b"[" * 100_000, "no event": b"{}", "event is text": b'{"event": "x"}',
    "id is a number": b'{"event": {"id": 1}}',
    "id with NUL": b'{"event": {"id": "a\\u0000b"}}', "id too long": b'{"event": {"id": "' + b"x" * 10_000 + b'"}}',
    "half a surrogate": b'{"event": {"id": "\\ud800", "data": {"incident": {"id": "\\ud800"}}}}',
    "unknown type": told(kind="incident.abducted"), "NaN": b'{"event": NaN}',
}  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
async def test_signed_nonsense_is_kept_and_never_answered_4xx(
    client: httpx.AsyncClient, database: Database, body: bytes
) -> None:
    """Three 4xx would switch PagerDuty's subscription off for a day."""
    assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 202
    assert [delivery.body for delivery in await kept(database)] == [body]


@on_sqlite
async def test_too_large_is_refused_before_the_signature_is_looked_at(client: httpx.AsyncClient) -> None:
    body = b" " * (LARGEST + 1)
    assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 413


@on_sqlite
async def test_a_compressed_body_is_kept_as_it_came(client: httpx.AsyncClient, database: Database) -> None:
    body = gzip.compress(b"0" * 10_000_000)
    headers = {**pagerdutys(body), "Content-Encoding": "gzip"}
    assert (await client.post(PATH, content=body, headers=headers)).status_code == 202
    assert [delivery.body for delivery in await kept(database)] == [body]


@on_sqlite
async def test_without_a_secret_pagerduty_is_asked_to_come_again(database: Database) -> None:
    """Not 401: three of those and nothing comes for a day, though the mistake is ours."""
    body = told()
    async with serving(webhooks.routes(database, Reader(database), secrets=())) as client:
        assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 503
    assert await kept(database) == []


async def test_without_a_database_pagerduty_is_asked_to_come_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    body = told()
    database.close()
    assert (await client.post(PATH, content=body, headers=pagerdutys(body))).status_code == 503
    assert (await client.post(PATH, content=body)).status_code == 401


@on_sqlite
@pytest.mark.parametrize("signed", [True, False])
async def test_nothing_of_a_body_is_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, signed: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    body = told(title="confidential")
    await client.post(PATH, content=body, headers=pagerdutys(body) if signed else {})
    assert "confidential" not in caplog.text


@on_sqlite
async def test_only_posts_are_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 405


@on_sqlite
@pytest.mark.parametrize(
    ("headers", "said"),
    [(pagerdutys(told(), "wrong"), "whose signature is none of ours: check PAGERDUTY_WEBHOOK_SECRETS"),
     ({}, "without a signature")],
    ids=["of another secret", "unsigned"],
)  # fmt: skip
async def test_what_is_not_believed_is_said_in_the_log_once_a_minute_and_counted(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, headers: dict[str, str], said: str
) -> None:
    with freeze_time(real_asyncio=True) as clock:
        for _ in range(5):
            await client.post(PATH, content=told(), headers=headers)
        assert [said in line for line in caplog.messages] == [True]
        clock.tick(61)
        await client.post(PATH, content=told(), headers=headers)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "(4 more since this was last said)" in caplog.messages[1]


@on_sqlite
async def test_deliveries_that_come_while_no_secret_is_set_are_said_in_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(webhooks.routes(database, Reader(database), secrets=())) as client:
        for _ in range(3):
            await client.post(PATH, content=told(), headers=pagerdutys(told()))
    assert ["PAGERDUTY_WEBHOOK_SECRETS is not set" in line for line in caplog.messages] == [True]

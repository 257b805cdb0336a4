"""Second door: a system calls. What it sent is kept as it came; understanding it is the reader's."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from bot.entrance.gate import Patience, Refusals, guarded, raw_body
from bot.pagerduty import webhook
from bot.proof.vault import Vault
from bot.receiving.reader import Reader
from bot.receiving.signers import Signers
from storage import Database, NewDelivery

UNSET = "PAGERDUTY_WEBHOOK_SECRETS is not set, so no delivery can be believed"
NOT_OURS = (
    "a delivery whose signature is none of ours: check PAGERDUTY_WEBHOOK_SECRETS, for PagerDuty switches a subscription"
    " off that is refused three times"
)
UNSIGNED = "a delivery without a signature: a stranger's, or a proxy takes X-PagerDuty-Signature away"
SIGNATURE = "X-PagerDuty-Signature"
KEPT_HEADERS = ("X-Webhook-Id", "X-Webhook-Subscription", "User-Agent", "Content-Type")


def routes(
    database: Database, reader: Reader, *, secrets: Sequence[str], vault: Callable[[], Vault | None] = lambda: None
) -> list[web.RouteDef]:
    """POST /pagerduty/webhook: 202 once durable · 401 forged · 413 too large · 503 our own trouble.

    A correctly signed delivery is never answered 4xx: three of those switch the subscription off for a day
    (https://developer.pagerduty.com/docs/webhooks-behavior). For the same reason a missing secret is 503, and the log
    says of what is not believed.
    """
    refusals, signers = Refusals(), Signers(database, secrets, vault)

    async def from_pagerduty(request: web.Request) -> web.Response:
        body, patience = await raw_body(request), Patience()
        signatures = ",".join(request.headers.getall(SIGNATURE, []))
        if not webhook.is_genuine(body, signatures, secrets):
            subscription = request.headers.get("X-Webhook-Subscription", "")
            made = await signers.made(subscription, within=patience.left()) if signatures else []
            if not secrets and not made:
                refusals.warn(UNSET)
                return _answer(503, f"{UNSET}.")
            if webhook.is_genuine(body, signatures, made):
                return await keep(request, body, patience)
            refusals.warn(NOT_OURS if signatures else UNSIGNED)
            return _answer(401, "The signature is not one of ours.")
        return await keep(request, body, patience)

    async def keep(request: web.Request, body: bytes, patience: Patience) -> web.Response:
        delivery = _delivery(request, body)
        await database.keep(delivery, within=patience.left())
        reader.wake()
        return web.Response(status=202)

    return [web.post("/pagerduty/webhook", guarded("pagerduty", from_pagerduty, signed_in=SIGNATURE))]


def _delivery(request: web.Request, body: bytes) -> NewDelivery:
    """Kept under the signed event.id: X-Webhook-Id is not covered by the signature."""
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    key, subject = f"pagerduty:{webhook.delivery_key(body)}", webhook.subject_of(body)
    return NewDelivery("pagerduty", key, subject, headers, body, received_at=datetime.now(UTC))


def _answer(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)

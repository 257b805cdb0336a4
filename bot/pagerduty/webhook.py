"""A delivery before anybody asks what it means: is it PagerDuty's, and under which key is it kept."""

import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bot.pagerduty.reading import NotUnderstood, parsed

MOST_SIGNATURES = 64  # PagerDuty sends one, two while a secret is rotated; the rest is somebody's game
KEY = re.compile(r"[!-~]{1,200}")


def is_genuine(body: bytes, header: bytes | str, secrets: Sequence[str]) -> bool:
    """Whether any signature in `header` (X-PagerDuty-Signature) was made over the raw `body` with any secret.

    Compares in constant time and never raises. https://developer.pagerduty.com/docs/verifying-signatures
    """
    sent = header.encode("utf-8", "replace") if isinstance(header, str) else header
    claims = [_claimed(part.strip()) for part in sent.split(b",", MOST_SIGNATURES)[:MOST_SIGNATURES]]
    ours = [_signature(body, secret) for secret in secrets if secret]
    return sum(hmac.compare_digest(claim, own) for claim in claims for own in ours) > 0


def _signature(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode("utf-8", "surrogateescape"), body, hashlib.sha256).digest()


def _claimed(part: bytes) -> bytes:
    """The digest of one `v1=<hex>`; empty, which matches nothing, when it is anything else."""
    try:
        return binascii.unhexlify(part.removeprefix(b"v1=")) if part.startswith(b"v1=") else b""
    except ValueError:
        return b""


def delivery_key(body: bytes) -> str:
    """PagerDuty's `event.id`, which is signed (X-Webhook-Id is not); the body's own hash when it has none."""
    found = _member(_event(body), "id")
    if isinstance(found, str) and KEY.fullmatch(found):
        return found
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def subject_of(body: bytes) -> str | None:
    """PagerDuty's id of the incident it is about, so that deliveries of one incident are read in order."""
    data = _member(_event(body), "data")
    found = _member(_incident(data), "id")
    return found if isinstance(found, str) and KEY.fullmatch(found) else None


def _incident(data: Any) -> Any:
    """https://developer.pagerduty.com/docs/webhooks-overview#event-data-types: each kind names it elsewhere."""
    if named := _member(data, "incident"):
        return named
    assignments = _member(data, "incident_role_assignments")
    if isinstance(assignments, list) and assignments:
        return _member(assignments[0], "incident")
    return data if _member(data, "type") == "incident" else None


@lru_cache(maxsize=1)  # the key and the subject are asked of the same body, one after the other
def _event(body: bytes) -> Any:
    try:
        return _member(parsed(body), "event")
    except NotUnderstood:
        return None


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None

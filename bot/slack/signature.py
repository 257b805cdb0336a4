"""Whether a request is Slack's: https://docs.slack.dev/authentication/verifying-requests-from-slack"""

import hashlib
import hmac
from collections.abc import Sequence

TOLERANCE = 300  # seconds


def is_genuine(secrets: Sequence[str], timestamp: str, signature: str, body: bytes, *, now: float) -> bool:
    """Whether any of our secrets made `signature` over these raw bytes, within five minutes of `now` (epoch seconds).

    Never raises, whatever the headers hold.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    theirs = signature.encode(errors="replace")
    return any(hmac.compare_digest(_sign(secret, base), theirs) for secret in secrets)


def _sign(secret: str, base: bytes) -> bytes:
    return b"v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest().encode()

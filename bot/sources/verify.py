"""Is a request the source's? Everything is compared in constant time, over the bytes as they came."""

import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.source import Hmac, Verification, id_of
from bot.sources.adapter import Unmapped
from bot.sources.reading import glanced, object_in

SHORTEST = 16  # characters of a routing key that stands nowhere by chance
MOST_CLAIMS = 16  # signatures in one header; the rest is somebody's game


@dataclass(frozen=True)
class Request:
    """`headers` by names in lower case, several of one name joined with commas; `token` is that in the address;
    `remote` is the sender's network address. `granted`: it bears an access token that we gave out for this source."""

    body: bytes
    headers: Mapping[str, str]
    token: str
    remote: str
    at: datetime
    granted: bool = False


def is_genuine(request: Request, wanted: Verification) -> bool:
    """Whether all that the source's settings ask for holds. Never raises, whatever was sent."""
    checks = list(_checks(request, wanted))
    return wanted.none if not checks else all(checks)


def _checks(request: Request, wanted: Verification) -> Iterable[bool]:
    if wanted.addresses:
        yield comes_from(request.remote, wanted.addresses)
    if wanted.hmac:
        yield is_signed(request, wanted.hmac)
    if wanted.bearer:
        yield any_same(borne(request.headers), wanted.bearer)
    if wanted.basic:
        yield any_same(login(request.headers), wanted.basic)
    if wanted.header:
        name, values = wanted.header
        yield any_same(request.headers.get(name.lower(), ""), values)
    if wanted.token:
        yield any_same(request.token, wanted.token)
    if wanted.oauth2:
        yield request.granted
    if wanted.routing_key:
        yield any_same(_routing_key(request.body, glanced), wanted.routing_key)


def is_signed(request: Request, wanted: Hmac) -> bool:
    told = request.headers.get(wanted.header.lower(), "")
    claims = [part.strip() for part in told.split(",", MOST_CLAIMS)[:MOST_CLAIMS]]
    digests = [_digest(claim.removeprefix(wanted.prefix), wanted.encoding) for claim in claims
               if claim.startswith(wanted.prefix)]  # fmt: skip
    signed = _signed(request, wanted)
    ours = [hmac.digest(_bytes(secret), signed, wanted.algorithm) for secret in wanted.secrets if secret]
    return _is_fresh(request, wanted) and sum(hmac.compare_digest(one, own) for one in digests for own in ours) > 0


def any_same(told: str, values: Sequence[str]) -> bool:
    """Constant time whatever was sent: digests are compared, so that not even a length is told."""
    mine = hashlib.sha256(_bytes(told)).digest()
    return sum(hmac.compare_digest(mine, hashlib.sha256(_bytes(value)).digest()) for value in values if value) > 0


def borne(headers: Mapping[str, str]) -> str:
    """The token of `Authorization: Bearer`; empty: there is none."""
    return _after("bearer ", headers.get("authorization", ""))


def login(headers: Mapping[str, str]) -> str:
    """ "user:password" of `Authorization: Basic`; empty: there is none."""
    return _decoded(_after("basic ", headers.get("authorization", "")))


def comes_from(remote: str, networks: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


def _signed(request: Request, wanted: Hmac) -> bytes:
    if wanted.timestamp_header is None:
        return request.body
    before, _, after = wanted.signed.partition("{body}")
    said = request.headers.get(wanted.timestamp_header.lower(), "")
    return _bytes(before.replace("{timestamp}", said)) + request.body + _bytes(after.replace("{timestamp}", said))


def _is_fresh(request: Request, wanted: Hmac) -> bool:
    if wanted.timestamp_header is None:
        return True
    try:
        said = float(request.headers.get(wanted.timestamp_header.lower(), ""))
    except ValueError:
        return False
    return abs(request.at.timestamp() - said) <= wanted.tolerance


def _digest(claim: str, encoding: str) -> bytes:
    """Empty, which matches nothing, when it is no digest."""
    try:
        return bytes.fromhex(claim) if encoding == "hex" else base64.b64decode(claim, validate=True)
    except ValueError:
        return b""


def _after(scheme: str, header: str) -> str:
    return header[len(scheme) :].strip() if header[: len(scheme)].lower() == scheme else ""


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except ValueError:
        return ""


def without_key(body: bytes) -> bytes:
    """`body`, in it a name in place of the routing key: what is kept proves nothing to whoever reads it."""
    key = _routing_key(body, object_in) or _routing_key(body, glanced)
    if not key:
        return body
    name = id_of(key)
    kept = body.replace(_bytes(key), name.encode()) if len(key) >= SHORTEST else body
    return kept if _routing_key(kept, glanced) == name and not _holds(kept, key) else _rewritten(kept, key, name)


def _rewritten(body: bytes, key: str, name: str) -> bytes:
    """Of one that writes its key in an odd way, or twice; what is nested too deeply to be written anew is not kept."""
    try:
        told = {member: value for member, value in glanced(body).items() if member.replace("\0", "") != "routing_key"}
        return json.dumps({**told, "routing_key": name}).replace(key, name).encode()
    except RecursionError:
        return json.dumps({"routing_key": name}).encode()


def _holds(body: bytes, key: str) -> bool:
    """Also behind escapes, by which a letter of JSON may be written."""
    return key in repr(glanced(body)) if b"\\u" in body else _bytes(key) in body


def _routing_key(body: bytes, read: Callable[[bytes], Mapping[str, Any]]) -> str:
    try:
        found = read(body).get("routing_key")
    except Unmapped:
        return ""
    return found if isinstance(found, str) else ""


def _bytes(text: str) -> bytes:
    """A header's or a variable's own bytes. JSON may hold half a character, which nothing of ours ever is."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")

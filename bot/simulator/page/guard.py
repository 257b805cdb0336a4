"""Keeps other pages of the same browser from reading or driving the simulator."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""On every answer: nothing from elsewhere runs in the page, and nobody frames it."""


def check_host(request: web.Request, served_at: str) -> None:
    """403 unless the Host is an address, localhost, or where we serve.

    A name that somebody else controls can be made to resolve to this machine (DNS rebinding); an address cannot.
    """
    name = _name(f"//{request.host}")
    if not (_is_address(name) or name == "localhost" or name.endswith(".localhost") or name == _name(served_at)):
        raise web.HTTPForbidden(text=f"The page is not served as {name!r}.", headers=HEADERS)


def check_origin(request: web.Request) -> None:
    """403 unless our own page asks: browsers send the Origin with every POST, and no page can forge it."""
    scheme, _, where = request.headers.get("Origin", "").partition("://")
    if scheme not in {"http", "https"} or where != request.host:
        raise web.HTTPForbidden(text="Only the page itself may do this.", headers=HEADERS)


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

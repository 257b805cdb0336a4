"""What Apica makes of the body its user wrote: values are put in raw, so that it need not be JSON in the end."""

import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl

from bot.sources.adapter import Unmapped
from bot.sources.reading import Json, object_in

PLACEHOLDER = re.compile(r"\s*%[A-Z][A-Z0-9_-]*%\s*")
STRAY = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
NAME = re.compile(r'[{,]\s{0,40}"(\w{1,40})"\s{0,40}:\s{0,40}')
MOST_FIELDS = 200
NIL = re.compile(r"[0-]*")


def members_in(body: bytes, headers: Mapping[str, str]) -> Json | None:
    """Those with something in them; None: it is text for people."""
    written = body.decode("utf-8-sig", "replace").strip()
    if written.startswith("{"):
        found = next((read for way in (_json, _pairs) if (read := way(written)) is not None), None)
    elif "form" in headers.get("content-type", "").lower() or re.match(r"\w{1,40}=", written):
        found = _form(written)
    else:
        found = None
    if found is None:
        return None
    return {name: value for name, value in found.items() if not _is_placeholder(value)}


def known_guid(value: str | None) -> str | None:
    """Apica's test sends the GUID of no result."""
    return None if value is None or NIL.fullmatch(value) else value


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def _json(written: str) -> Json | None:
    for each in (written, STRAY.sub(r"\\\\", written)):
        with suppress(Unmapped):
            return object_in(each.encode())
    return None


def _pairs(written: str) -> Json | None:
    """Of an object that a quotation mark within a value has broken: what stands between one name and the next."""
    names = list(NAME.finditer(written))
    ends = [each.start() for each in names[1:]] + [len(written.removesuffix("}"))]
    told = {each[1]: written[each.end() : end].strip() for each, end in zip(names, ends, strict=True)} if names else {}
    return {name: value.removeprefix('"').removesuffix('"') for name, value in told.items()} or None


def _form(written: str) -> Json | None:
    try:
        return dict(parse_qsl(written, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)) or None
    except ValueError:
        return None

"""Words that were redacted: where they may stand, and the hash by which they are known when PagerDuty repeats them."""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from bot.domain.chain import new_salt

REDACTED = "(redacted)"
SAID_IN = frozenset(
    {"note", "summary", "content", "message", "resolution", "description", "title", "task", "reason", "values"}
)
"""The details that hold what somebody wrote."""
HOLDS_WORDS = SAID_IN | {
    "text", "name", "value", "initial_value", "expected_notes", "last_change", "late", "trouble", "fields",
}  # fmt: skip
OPEN = frozenset({"values", "trouble", "fields"})
"""Whose members have names of somebody's own choice, and all hold words."""
SHORTEST = 6
"""Characters; what is shorter would be found in places where it means something else, unless it stands there alone."""
BEGINNINGS = tuple(64 << n for n in range(9))  # characters; PagerDuty cuts what is long, nobody says where
ADDED = re.compile(r"^(?:Resolution Note: |\[#\d+\] )")  # what PagerDuty puts before a resolution, or before a title
MARKED = {"&": "(?:&amp;|&)", "<": "(?:&lt;|<)", ">": "(?:&gt;|>)"}

Blank = Callable[[str, bool], str]
T = TypeVar("T")


def words_of(details: Mapping[str, Any]) -> list[str]:
    """What somebody wrote, longest first. What is only mentioned there, a service for instance, is not meant."""
    return sorted({word for word in _said(details) if word.strip() and word != REDACTED}, key=len, reverse=True)


def _said(told: Any, name: str = "") -> Iterator[str]:
    if isinstance(told, str):
        yield from [told] if name in SAID_IN else []
    elif isinstance(told, Mapping) and not _is_reference(told):
        for each, value in told.items():
            yield from _said(value, name if name == "values" else each)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from _said(value, name)


def _is_reference(told: Mapping[str, Any]) -> bool:
    return told.keys() == {"id", "summary", "html_url"}


def spoken(words: Iterable[str]) -> Blank:
    """Takes these words out of a text, as they were written, as Slack escapes them, or with other blanks between."""
    known = {folded(word) for word in words}
    long = sorted((word for word in known if len(word) >= SHORTEST), key=len, reverse=True)
    pattern = re.compile("|".join(map(_pattern, long)) or r"(?!)")
    return lambda text, cut: REDACTED if folded(text) in known else pattern.sub(REDACTED, text)


def _pattern(word: str) -> str:
    return r"\s+".join("".join(MARKED.get(letter) or re.escape(letter) for letter in part) for part in word.split())


def hashed(digests: Iterable[str]) -> Blank:
    """Takes away a text that is, or is the beginning of, one whose `digest` is among these."""
    known = [digest.split(":") for digest in digests]
    return lambda text, cut: REDACTED if any(_is_same(text, salt, ends, cut=cut) for salt, *ends in known) else text


def digest(text: str) -> str:
    """The salted hashes of a text and of its beginnings, joined by colons; the salt comes first."""
    whole, salt = folded(text), new_salt()
    parts = (whole, *(whole[:most] for most in BEGINNINGS if most < len(whole)))
    return ":".join([salt, *(_hash(salt, part) for part in parts)])


def _is_same(text: str, salt: str, ends: list[str], *, cut: bool) -> bool:
    """Of what was cut the longest beginning counts of which there is a hash."""
    whole = folded(text)
    if _hash(salt, whole) == ends[0]:
        return True
    begun, cut = whole.rstrip("…."), cut or whole.endswith(("…", "..."))
    known = [most for most, _ in zip(BEGINNINGS, ends[1:], strict=False) if most <= len(begun)]
    return cut and bool(known) and _hash(salt, begun[: known[-1]]) == ends[len(known)]


def _hash(salt: str, text: str) -> str:
    return sha256(f"{salt}{text}".encode("utf-8", "replace")).hexdigest()


def folded(text: str) -> str:
    """The words alone: without Slack's escapes, blanks at the ends, and what PagerDuty puts before them."""
    return ADDED.sub("", " ".join(html.unescape(text).split()))


def without(told: T, blank: Blank, name: str = "", *, cut: bool = False) -> T:
    """JSON, or an event, once `blank` was applied under the names that hold what people said; ids and states stay."""
    return _without(told, blank, name, cut)  # type: ignore[no-any-return]


def _without(told: Any, blank: Blank, name: str, cut: bool) -> Any:
    if isinstance(told, str):
        return _blanked(told, blank, name, cut)
    if isinstance(told, Mapping):
        cut = bool(told.get("trimmed"))
        inner = name if name in OPEN else ""
        return {each: _without(value, blank, inner or str(each), cut) for each, value in told.items()}
    if isinstance(told, list | tuple):
        return type(told)(_without(one, blank, name, cut) for one in told)
    if is_dataclass(told) and not isinstance(told, type):
        members = {one.name: getattr(told, one.name) for one in fields(told)}
        return replace(told, **_without(members, blank, "", cut))
    return told


def without_anywhere(told: Any, blank: Blank) -> Any:
    """JSON that is another's, once `blank` was applied to every text in it, whatever its name."""
    if isinstance(told, str):
        return blank(told, False)
    if isinstance(told, dict):
        return {name: without_anywhere(value, blank) for name, value in told.items()}
    return [without_anywhere(one, blank) for one in told] if isinstance(told, list) else told


def _blanked(text: str, blank: Blank, name: str, cut: bool) -> str:
    """A name is another's, unless all of it is what was redacted."""
    if name not in HOLDS_WORDS:
        return text
    left = blank(text, cut)
    return left if name != "name" or left == REDACTED else text

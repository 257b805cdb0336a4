"""Reading JSON that others wrote: patient with what may be missing, exact about what must be there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from bot.domain.incident import Reference
from bot.domain.people import Actor

LARGEST_NUMBER = 2**63 - 1  # what both databases can hold
LONGEST_NAME = 255  # characters of an id or a key: PagerDuty's own limit, and no index holds thousands


class NotUnderstood(Exception):
    """What was sent makes no sense to us; the message names the member that is missing or of another kind."""


def parsed(body: bytes) -> Any:
    """The JSON value in `body`; NotUnderstood whatever else it is."""
    try:
        return json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"the body is not JSON: {type(error).__name__}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with one name each reader believes another, so neither is believed."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotUnderstood("a member of the body stands there twice")
    return found


@dataclass(frozen=True)
class Members:
    """One JSON object. `name` and methods beginning `needed_` raise NotUnderstood naming the member; others shrug.

    No text that comes out holds a NUL or half a surrogate pair: no database could keep it.
    """

    told: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, value: Any, path: str = "") -> Self:
        if not isinstance(value, dict):
            raise NotUnderstood(f"{path or 'the body'} is missing or not an object")
        return cls(value, path)

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str) -> str | None:
        """As it was sent, blanks included; None when absent, empty or of another type."""
        value = self.told.get(name)
        return (clean(value) or None) if isinstance(value, str) else None

    def needed_text(self, name: str) -> str:
        value = self.text(name)
        if value is None or not value.strip():
            raise NotUnderstood(f"{self.where(name)} is missing or not text")
        return value

    def name(self, name: str) -> str | None:
        """Text by which something is found; NotUnderstood when it is too long to be that."""
        value = self.text(name)
        if value is not None and len(value) > LONGEST_NAME:
            raise NotUnderstood(f"{self.where(name)} is longer than {LONGEST_NAME} characters")
        return value

    def needed_name(self, name: str) -> str:
        self.needed_text(name)
        return self.name(name) or ""

    def digits(self, name: str) -> str | None:
        """Text that some senders write as a number."""
        value = self.told.get(name)
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else self.text(name)

    def number(self, name: str) -> int | None:
        value = self.told.get(name)
        is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER
        return value if is_number else None

    def flag(self, name: str) -> bool:
        return self.told.get(name) is True

    def instant(self, name: str) -> datetime | None:
        """UTC; a time without an offset is taken as UTC."""
        try:
            told = datetime.fromisoformat(self.text(name) or "")
            return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def needed_instant(self, name: str) -> datetime:
        value = self.instant(name)
        if value is None:
            raise NotUnderstood(f"{self.where(name)} is missing or not an ISO 8601 time")
        return value

    def object(self, name: str) -> Self | None:
        value = self.told.get(name)
        return type(self)(value, self.where(name)) if isinstance(value, dict) else None

    def needed_object(self, name: str) -> Self:
        return self.of(self.told.get(name), self.where(name))

    def objects(self, name: str) -> Iterator[Self]:
        """Those members of a list that are objects."""
        value = self.told.get(name)
        for index, each in enumerate(value if isinstance(value, list) else ()):
            if isinstance(each, dict):
                yield type(self)(each, f"{self.where(name)}[{index}]")

    def reference(self, name: str) -> Reference | None:
        found = self.object(name)
        return found.as_reference() if found else None

    def references(self, name: str) -> tuple[Reference, ...]:
        return tuple(each for each in (one.as_reference() for one in self.objects(name)) if each)

    def as_reference(self) -> Reference | None:
        """This object as one that is only mentioned; None without an id, or with one that is none."""
        found = self.text("id")
        if not found or len(found) > LONGEST_NAME:
            return None
        return Reference(found, self.text("summary") or self.text("name") or "", self.text("html_url"))

    def actor(self, name: str) -> Actor | None:
        """Whoever did it: a person, or a service or integration; None when nobody is named."""
        agent = self.object(name)
        named = agent.as_reference() if agent else None
        if agent is None or named is None:
            return None
        is_person = agent.text("type") in {"user_reference", "user"}
        return Actor("responder" if is_person else "service", named.id, named.summary or named.id)

    def needed_reference(self) -> Reference:
        return Reference(self.needed_name("id"), self.text("summary") or "", self.text("html_url"))


def clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()

"""A mapping that the operator wrote, `map:` of a generic source: which members make up the signal."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast, get_args

from bot.domain.errors import Misuse
from bot.domain.signal import SEVERITIES, Action, Image, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Unmapped
from bot.sources.formula import Variables
from bot.sources.members import Fixed, Member, Several, Table, member
from bot.sources.placeholders import noted
from bot.sources.wording import written

ACTIONS: tuple[str, ...] = get_args(Action)
TEXTS = (
    "dedup_key", "summary", "source", "component", "group", "class", "timestamp", "client", "client_url",
    "idempotency_key",
)  # fmt: skip
KNOWN = ("action", "reason", "severity", "custom_details", "links", "images", "tags", "settles", *TEXTS)
NAMES = frozenset({"body", "headers", "item", "received_at", "request"})
"""What a mapping can speak of."""


class SignalMap:
    """Misuse, naming the member, when `told` makes no sense."""

    def __init__(self, told: Any, settings: SourceSettings) -> None:
        if not isinstance(told, Mapping):
            raise Misuse("map: must name the members of a signal, at least its summary")
        for name in told:
            if name not in KNOWN:
                near = get_close_matches(str(name), KNOWN, 1)
                raise Misuse(f"map.{name}: a signal has no such member" + (f"; is {near[0]} meant?" if near else ""))
        self._settings = settings
        self.members: dict[str, Member] = {name: member(one, f"map.{name}", NAMES) for name, one in told.items()}
        self._check()

    def signal(self, variables: Variables) -> Signal:
        """Unmapped, naming the member and the line."""
        action = self._action(variables)
        if action == "ignore":
            said = self._text("reason", variables) if "reason" in self.members else ""
            return Signal(action="ignore", reason=said or "the mapping ignores it")
        texts = {name: self._text(name, variables) for name in TEXTS if name in self.members}
        if action in {"acknowledge", "resolve"} and not texts.get("dedup_key"):
            raise Unmapped(f"map.dedup_key: is empty, so there is nothing to {action}")
        severity = self._severity(variables)
        more: dict[str, Any] = {name: texts.get(name) or None for name in NULLABLE}
        return noted(
            Signal(
                action=action, dedup_key=texts.get("dedup_key", "") if action != "change" else "",
                summary=texts.get("summary", ""), severity=severity or ("error" if action == "trigger" else None),
                source=texts.get("source") or self._settings.name, class_=texts.get("class") or None,
                custom_details=self._details(variables), links=self._links(variables), images=self._images(variables),
                tags=self._tags("tags", variables), settles=self._tags("settles", variables),
                **more,
            )
        )  # fmt: skip

    def glimpse(self, variables: Variables) -> Signal:
        """Action and dedup_key alone; Unmapped."""
        action = self._action(variables)
        is_alert = action not in {"change", "ignore"} and "dedup_key" in self.members
        return Signal(action=action, dedup_key=self._text("dedup_key", variables) if is_alert else "")

    def _check(self) -> None:
        """What can be known before anything comes."""
        if "summary" not in self.members and self._fixed("action") not in {"acknowledge", "resolve", "ignore"}:
            raise Misuse("map.summary: is missing; PagerDuty shows it as the title")
        for name, known in (("action", ACTIONS), ("severity", self._severities)):
            for value in _possible(self.members.get(name)):
                if str(value).lower() not in known:
                    raise Misuse(f"map.{name}: {value!r} is none of {', '.join(known)}")

    def _fixed(self, name: str) -> Any:
        found = self.members.get(name)
        return found.value if isinstance(found, Fixed) else None

    @property
    def _severities(self) -> Sequence[str]:
        return (*SEVERITIES, *(word.lower() for word in self._settings.severity))

    def _action(self, variables: Variables) -> Action:
        told = self._text("action", variables).lower() if "action" in self.members else "trigger"
        if told not in ACTIONS:
            raise Unmapped(f"map.action: {told[:100]!r} is none of {', '.join(ACTIONS)}")
        return cast(Action, told)

    def _severity(self, variables: Variables) -> Severity | None:
        told = self._text("severity", variables).lower() if "severity" in self.members else ""
        found = {word.lower(): severity for word, severity in self._settings.severity.items()}.get(told, told)
        if found and found not in SEVERITIES:
            raise Unmapped(f"map.severity: {told[:100]!r} is none of {', '.join(self._severities)}")
        return cast(Severity, found) or None

    def _text(self, name: str, variables: Variables) -> str:
        return _as_text(self.members[name].of(variables), f"map.{name}")

    def _details(self, variables: Variables) -> Mapping[str, Any]:
        found = self.members["custom_details"].of(variables) if "custom_details" in self.members else None
        return found if isinstance(found, dict) else {} if found is None else {"details": found}

    def _links(self, variables: Variables) -> tuple[Link, ...]:
        made = (Link(_in(one, "href"), _in(one, "text")) for one in self._objects("links", variables))
        return tuple(link for link in made if link.href)

    def _images(self, variables: Variables) -> tuple[Image, ...]:
        every = self._objects("images", variables)
        made = (Image(_in(one, "src"), _in(one, "href"), _in(one, "alt")) for one in every)
        return tuple(image for image in made if image.src)

    def _objects(self, name: str, variables: Variables) -> list[Mapping[str, Any]]:
        found = self.members[name].of(variables) if name in self.members else []
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def _tags(self, name: str, variables: Variables) -> tuple[str, ...]:
        found = self.members[name].of(variables) if name in self.members else []
        every = found if isinstance(found, list) else [found]
        return tuple(text for one in every if (text := _as_text(one, f"map.{name}")))


NULLABLE = ("component", "group", "timestamp", "client", "client_url", "idempotency_key")


def _possible(found: Member | None) -> list[Any]:
    """The values that it can give, as far as they are written down."""
    if isinstance(found, Fixed):
        return [found.value]
    if isinstance(found, Table):
        default = [found.default] if found.has_default and found.default is not None else []
        return [*(found.values or {}).values(), *default]
    return ["a list or an object"] if isinstance(found, Several) else []


def _in(one: Mapping[str, Any], name: str) -> str:
    return _as_text(one.get(name), name)


def _as_text(value: Any, place: str) -> str:
    try:
        return written(value).strip()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unmapped(f"{place}: {error}") from error

"""The options of a source that are its adapter's own, checked once when the settings are read."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.signal import SEVERITIES
from bot.domain.source import SourceSettings

Check = Callable[[str, Any], Any]


def checked(settings: SourceSettings, **known: Check) -> Mapping[str, Any]:
    """Those given, as their checks return them. Misuse names the option that there is none of, or that is wrong."""
    for name in settings.options:
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "it has none"
            raise Misuse(f"{settings.adapter} has no option {name!r}; {there}.")
    return {name: known[name](name, value) for name, value in settings.options.items()}


def a_text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Misuse(f"{name} must be a text, not {value!r}.")
    return value.strip()


def an_address(name: str, value: Any) -> str:
    """Of a page; without the slash at its end."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise Misuse(f"{name} must begin with https:// or http://, not {value!r}.")
    return value.rstrip("/")


def a_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Misuse(f"{name} must be true or false, not {value!r}.")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """One, or a list of them."""
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(one, str) and one for one in several):
        raise Misuse(f"{name} must be a list of texts, not {value!r}.")
    return tuple(several)


def one_of(*words: str) -> Check:
    def check(name: str, value: Any) -> str:
        if value not in words:
            raise Misuse(f"{name} must be one of {', '.join(words)}, not {value!r}.")
        return str(value)

    return check


def table_of(check: Check) -> Check:
    """A mapping from texts to what `check` lets pass."""

    def check_all(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Misuse(f"{name} must be a table, not {value!r}.")
        return {str(key): check(f"{name}.{key}", one) for key, one in value.items()}

    return check_all


severity = one_of(*SEVERITIES)

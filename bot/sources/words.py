"""What several adapters read alike: how bad a system's own words are, and which settings of its own a source has."""

from collections.abc import Mapping
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.signal import Severity
from bot.domain.source import SourceSettings

SEVERITY_WORDS: Mapping[str, Severity] = {
    "critical": "critical", "crit": "critical", "fatal": "critical", "emergency": "critical", "disaster": "critical",
    "page": "critical",
    "error": "error", "err": "error", "high": "error", "major": "error", "severe": "error",
    "warning": "warning", "warn": "warning", "medium": "warning", "moderate": "warning", "minor": "warning",
    "info": "info", "information": "info", "informational": "info", "low": "info", "notice": "info", "none": "info",
    "debug": "info",
}  # fmt: skip


def severities(settings: SourceSettings, own: Mapping[str, Severity] = SEVERITY_WORDS) -> Mapping[str, Severity]:
    """Words in small letters; the operator's go before the adapter's."""
    return {**own, **{word.strip().lower(): severity for word, severity in settings.severity.items()}}


def worded(word: str | None, table: Mapping[str, Severity]) -> Severity | None:
    """None: nothing was said, or a word that nobody knows."""
    return table.get(word.strip().lower()) if word else None


def own_options(settings: SourceSettings, *known: str) -> Mapping[str, Any]:
    """Misuse names the first that the adapter has not."""
    for name in settings.options:
        if name not in known:
            there = f"it has {', '.join(known)}" if known else "it has none of its own"
            raise Misuse(f"the adapter {settings.adapter} has no setting {name!r}; {there}.")
    return settings.options


def text_option(options: Mapping[str, Any], name: str, default: str) -> str:
    value = options.get(name, default)
    if not isinstance(value, str):
        raise Misuse(f"{name} must be text.")
    return value.strip()


def address_option(options: Mapping[str, Any], name: str, default: str) -> str:
    """Empty leaves it out. No slash at the end."""
    value = text_option(options, name, default)
    if value and not value.startswith(("https://", "http://")):
        raise Misuse(f"{name} must begin with https:// or http://.")
    return value.rstrip("/")

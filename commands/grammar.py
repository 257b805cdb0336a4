"""How people write: words and quotes, numbers of incidents, times, links. Pure text, no ledger."""

import difflib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.slack.mrkdwn import cut

# A quote opens at the start of a word and closes at the end of one, so that an apostrophe is only an apostrophe.
# What Slack has marked up (<https://…|label>, <@U…>, <#C…|name>) is one word, whatever it contains.
WORD = re.compile(
    r"""["“”„«](?P<double>[^"“”„«»]*)["“”»](?=\s|$)"""
    r"""|['‘‚](?P<single>[^'‘’‚]*)['’](?=\s|$)"""
    r"""|(?P<marked><[^<>]+>)(?=\s|$)"""
    r"""|(?P<plain>\S+)"""
)
OURS = re.compile(r"INC-(\d{1,9})[,;:]?", re.IGNORECASE)
NUMBER = re.compile(r"(\d{1,9})[,;]?")
PAGERDUTYS = re.compile(r"(?:<?https://[\w.-]+/incidents/)?([PQR][A-Z0-9]{6,13})(?:\|[^<>]*)?>?[,;]?")
ROOM = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^<>]*)?>[,;]?")
PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^<>]*))?>")
LINK = re.compile(r"https?://[^\s<>|\"“”]+")
MARKED_LINK = re.compile(r"<((?:https?|mailto):[^<>|]+)(?:\|[^<>]*)?>")
MARKED_NAME = re.compile(r"<([@#])\w+\|([^<>]+)>")
SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)", re.IGNORECASE)
LONGEST_SPAN = 30  # characters
SECONDS = {"m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class Word:
    """`start` is where it begins in the text. What was quoted is never read as a number, a name or a time."""

    text: str
    start: int
    quoted: bool = False

    def matches(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return None if self.quoted else pattern.fullmatch(self.text)

    def is_one_of(self, *keywords: str) -> bool:
        return not self.quoted and self.text.casefold() in keywords


def words(text: str) -> list[Word]:
    """As a shell would split it, with typographic quotes as good as straight ones."""
    return [_word(match) for match in WORD.finditer(text)]


def _word(match: re.Match[str]) -> Word:
    quoted = next((match[name] for name in ("double", "single") if match[name] is not None), None)
    return Word(match[0] if quoted is None else quoted.strip(), match.start(), quoted is not None)


def first_word(text: str) -> tuple[str, str]:
    """The verb and what stands after it; both empty when nothing was said."""
    verb, rest = (*text.split(maxsplit=1), "", "")[:2]
    return verb.casefold(), rest.strip()


def plain(text: str) -> str:
    """What the person typed, without Slack's markup: https://docs.slack.dev/messaging/formatting-message-text"""
    unmarked = MARKED_NAME.sub(r"\1\2", MARKED_LINK.sub(r"\1", text.strip()))
    return html.unescape(unmarked)


def sentence(text: str) -> str:
    """Free text as it is meant: without markup, and without the quotes when all of it was quoted."""
    said = words(text)
    return plain(said[0].text if len(said) == 1 and said[0].quoted else text)


def as_said(text: str) -> str:
    """Someone's own words back to them, as much as is needed to recognise them."""
    return f"“{cut(plain(text), 60)}”"


def duration(word: str) -> timedelta | None:
    """30m, 2h, 1d, 1w, 1h30m; None when it is no time."""
    parts = SPAN.findall(word[:LONGEST_SPAN])
    if len(word) > LONGEST_SPAN or not parts or "".join(number + unit for number, unit in parts) != word:
        return None
    return timedelta(seconds=sum(int(number) * SECONDS[unit.casefold()] for number, unit in parts))


def links(text: str) -> tuple[str, ...]:
    """The addresses in a plain text, each once, without the punctuation of the sentence around them."""
    found = (match.rstrip(".,;:!?)]}'’") for match in LINK.findall(text))
    return tuple(dict.fromkeys(found))


def nearest(word: str, known: Iterable[str], n: int = 2) -> list[str]:
    """The `n` known words most like this one, best first; fewer when nothing is like it."""
    by_fold = {name.casefold(): name for name in known}
    return [by_fold[fold] for fold in difflib.get_close_matches(word.casefold(), by_fold, n, cutoff=0.5)]


def either(names: Iterable[str]) -> str:
    """a, b or c"""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last

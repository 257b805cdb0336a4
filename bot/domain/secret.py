"""Does a text look as if it held a secret? Patterns of what is commonly pasted by mistake; none backtracks far."""

import math
import re
from collections import Counter
from collections.abc import Mapping

KNOWN: Mapping[str, re.Pattern[str]] = {
    "a Slack token": re.compile(r"\bx(?:ox[a-z]|app)-[0-9A-Za-z-]{10,250}"),
    "a Slack webhook": re.compile(r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,80}"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a PagerDuty key": re.compile(r"\b(?:u\+[A-Za-z0-9_-]{18}|R[A-Z0-9]{31})\b|(?<![\w+])y_[A-Za-z0-9_-]{18}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{20,255})"),
    "a web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\."),
}
# password=… and its like count when what follows is random enough not to be a word or a placeholder
NAMED = re.compile(
    r"(?i)(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|routing[_-]?key|authorization)"
    r"[\"']?\s{0,3}[:=]\s{0,3}(?:bearer\s|token\s|basic\s|token=)?[\"']?([^\s\"',;]{8,200})"
)
RANDOM = 2.8
"""Bits of entropy for each character: "hunter2hunter2" has 2.8, "production" 3.1, so kinds of characters count too."""


def secret_in(text: str) -> str | None:
    """What it looks like, in words: "an AWS key". None: nothing."""
    for name, pattern in KNOWN.items():
        if pattern.search(text):
            return name
    return "a password" if any(_is_random(match[1]) for match in NAMED.finditer(text)) else None


def _is_random(word: str) -> bool:
    kinds = sum(any(is_one(letter) for letter in word) for is_one in (str.islower, str.isupper, str.isdigit, _is_mark))
    return kinds >= 2 and _entropy(word) >= RANDOM and not word.startswith(("<", "$", "{", "*", "http"))


def _is_mark(letter: str) -> bool:
    return not letter.isalnum()


def _entropy(word: str) -> float:
    counts = Counter(word).values()
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts)

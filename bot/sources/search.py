"""Regular expressions by RE2, whose time grows with the length of the text alone.

What cannot be done so, looking around and back references, it does not take: https://github.com/google/re2/wiki/Syntax
"""

import re2

from bot.sources.work import WORK, spend

LONGEST = 200  # characters of a pattern
LONGEST_TEXT = 2_000  # characters of the text that are looked at
READING = 1_000  # units for a character of a pattern: (?i) with Unicode classes took 0.1 ms for each
PER_UNIT = 8  # instructions tried for a byte: 8 ns for each at the worst
OPTIONS = re2.Options()
OPTIONS.log_errors = False
OPTIONS.max_mem = 256 * 1024  # bytes for one pattern; RE2 keeps 128 of them


def compiled(pattern: str) -> re2._Regexp:
    """ValueError for what is no pattern, or a large one. A request pays once for each, whoever has read it before."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern can have {LONGEST} characters")
    known = WORK.get().patterns
    if pattern not in known:
        spend(READING * len(pattern))
        known[pattern] = _read(pattern)
        spend(known[pattern].programsize)
    return known[pattern]


def matched(pattern: re2._Regexp, text: str) -> list[str | None] | None:
    """The first match and its groups; None: there is none. Half a surrogate pair is looked at as a question mark."""
    looked_at = text[:LONGEST_TEXT].encode(errors="replace")
    spend((1 + len(looked_at)) * (1 + pattern.programsize // PER_UNIT))
    found = pattern.search(looked_at.decode())
    return [found[0], *found.groups()] if found else None


def _read(pattern: str) -> re2._Regexp:
    try:
        return re2.compile(pattern, OPTIONS)
    except re2.error as error:
        raise ValueError(f"RE2 does not take the pattern: {error.args[0].decode(errors='replace')}") from error

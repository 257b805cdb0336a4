"""What one look at one thing told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`found` and `mend` are sentences; where all is well, `mend` is advice or empty. No secret is in either."""

    is_well: bool
    about: str
    found: str
    mend: str = ""

    def __str__(self) -> str:
        word = "MEND" if not self.is_well else "note" if self.mend else "ok"
        return f"{word:4} {self.about}: {self.found}" + (f"\n     {self.mend}" if self.mend else "")


def well(about: str, found: str, mend: str = "") -> Finding:
    return Finding(True, about, found, mend)


def ill(about: str, found: str, mend: str) -> Finding:
    return Finding(False, about, found, mend)


def listed(names: list[str], most: int = 10) -> str:
    """The names, the first of them when they are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

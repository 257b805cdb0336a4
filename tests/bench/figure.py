"""What was measured, beside what it should be and what the machine allows."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`limit` is in the unit of `value`; with `at_least` it bounds from below. `floor` was measured in the same run."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    floor: float | None = None

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        reached = self.value >= self.limit if self.at_least else self.value <= self.limit
        return "ok" if reached else "SHORT"

    def row(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        target = "" if self.limit is None else f"{sign} {shown(self.limit)} {self.unit}"
        floor = "" if self.floor is None else f"{shown(self.floor)} {self.unit}"
        return self.name, target, floor, f"{shown(self.value)} {self.unit}", self.verdict


@dataclass(frozen=True)
class Scale:
    """How much is measured. The smoke test measures hardly anything."""

    seconds: float = 5.0
    at_once: int = 50
    rooms: int = 5
    commands: int = 300
    storm: int = 200
    storms: int = 5
    starts: int = 5
    patience: float = 20.0
    """Seconds to wait for a quiet machine, before each measurement."""
    rests: float = 3.0
    """Seconds before memory is read."""
    postgres: bool = True
    """Whether senders of webhooks are measured on Postgres, too."""


def shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of 100 do not exceed."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "target", "floor", "measured", ""), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )

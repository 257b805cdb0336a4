"""An evaluation as text: its score, and a row for each indicator."""

from collections.abc import Sequence

from bot.sources.reading import Json, inner, objects, one_line, text

HEAD = ("Indicator", "Value", "Target", "Violated", "Result")
LARGEST = 10**9  # a score is of a hundred
WIDEST = 40  # characters of a column; a phone shows about 80 in a line


def score(data: Json) -> str | None:
    """Of 100; None: nothing was evaluated."""
    told = inner(data, "evaluation").get("score")
    is_score = isinstance(told, int | float) and not isinstance(told, bool) and abs(told) < LARGEST
    return f"{told:g}" if is_score else None


def table(data: Json) -> str:
    """Lines that stand under one another where letters are equally wide; empty without indicators."""
    rows = [row(one) for one in objects(inner(data, "evaluation"), "indicatorResults")]
    if not rows:
        return ""
    lines = _aligned([HEAD, *rows])
    reached = score(data)
    return "\n".join([f"Score {reached} of 100", *lines] if reached else lines)


def row(indicator: Json) -> Sequence[str]:
    value = inner(indicator, "value")
    name = text(indicator, "displayName") or text(value, "metric") or "unnamed"
    measured = _number(value) if value.get("success") is not False else text(value, "message") or "no value"
    targets = objects(indicator, "passTargets") or objects(indicator, "targets")  # the latter: older versions
    wanted = ", ".join(said for one in targets if (said := text(one, "criteria")))
    violated = "yes" if any(one.get("violated") is True for one in targets) else "no" if targets else ""
    return name, measured, wanted or "-", violated or "-", text(indicator, "status") or "-"


def _number(value: Json) -> str:
    told = value.get("value")
    return f"{told:.6g}" if isinstance(told, float) else text(value, "value") or "no value"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    short = [[_short(cell) for cell in cells] for cells in rows]
    widths = [max(len(cells[nth]) for cells in short) for nth in range(len(HEAD))]
    return ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in short]


def _short(cell: str) -> str:
    line = one_line(cell)
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"

"""Nothing that comes from outside can forge a log line or move a terminal, in either style.

python -m tests.promises.operating_logs [--full]
"""

import io
import json
import logging
import random
import sys
from dataclasses import dataclass

from bot.log import AsJson, OneLine

PIECES = (
    "\n", "\r", "\r\n", "\v", "\f", "\x1b[31m", "\x1b]0;title\x07", "\x1b[2J", "\x85", "\u2028", "\u2029", "\x00",
    "\x9b1m", "\u202e", "\u200b", "\ud800", '"', "\\", "}", "2026-03-01T12:00:00+0000 error    bot.forged: ", "word",
    "é", "漢", "🚨",
)  # fmt: skip


@dataclass
class Figure:
    style: str
    records: int = 0
    forged: int = 0
    unprintable: int = 0

    def __str__(self) -> str:
        found = f"{self.forged} forged lines, {self.unprintable} unprintable"
        return f"{self.style}: {self.records} hostile records, {found}"

    @property
    def holds(self) -> bool:
        return not self.forged and not self.unprintable


def measured(records: int, style: str, *, seed: int = 1) -> Figure:
    chance, figure, out = random.Random(seed), Figure(style), io.StringIO()
    handler, logger = logging.StreamHandler(out), logging.Logger("bot.promise")
    handler.setFormatter(AsJson() if style == "json" else OneLine())
    logger.addHandler(handler)
    for _ in range(records):
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 12)))
        out.seek(0)
        out.truncate()
        _log(logger, text, with_trace=chance.random() < 0.3)
        lines = out.getvalue().removesuffix("\n").split("\n")
        figure.records += 1
        figure.forged += not _is_one_record(lines, style)
        figure.unprintable += not all(line.isprintable() for line in lines)
    return figure


def _log(logger: logging.Logger, text: str, *, with_trace: bool) -> None:
    about = {"incident": text, "delivery": text}
    if not with_trace:
        logger.warning("said: %s", text, extra=about)
        return
    try:
        raise ValueError(text)  # noqa: TRY301 - the traceback is the point
    except ValueError:
        logger.exception("failed on %s", text, extra=about)


def _is_one_record(lines: list[str], style: str) -> bool:
    """A traceback's lines are behind a bar."""
    if style == "json":
        return len(lines) == 1 and json.loads(lines[0])["logger"] == "bot.promise"
    return "bot.promise" in lines[0] and all(line.startswith("  | ") for line in lines[1:])


if __name__ == "__main__":
    figures = [measured(100_000 if "--full" in sys.argv else 10_000, style) for style in ("text", "json")]
    print("\n".join(map(str, figures)))
    sys.exit(not all(figure.holds for figure in figures))

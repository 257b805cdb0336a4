"""How Muster logs: one line a record, for people or for machines, and never anything that looks like a secret."""

import json
import logging
import re
import sys
from typing import Literal

SECRET = re.compile(r"(xox[a-z]-|xapp-|Token token=|Bearer )[\w.\-+/=]+")
SHOWN = ("incident", "job", "attempt", "delivery", "call", "cause")


class OneLine(logging.Formatter):
    """Foreign text can bring line breaks and escape codes; a record stays one line. Its traceback stands below, each
    line behind a bar, so that none of them can pass for a record."""

    def format(self, record: logging.LogRecord) -> str:
        about = " ".join(f"{name}={getattr(record, name)}" for name in SHOWN if hasattr(record, name))
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        text = f"{at} {record.levelname.lower():8} {record.name}: {record.getMessage()} {about}".rstrip()
        trace = (f"  | {_plain(line)}" for line in _trace(self, record).splitlines())
        return _masked("\n".join([_plain(text), *trace]))


class AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {name: getattr(record, name) for name in SHOWN if hasattr(record, name)}
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        whole = {"at": at, "level": record.levelname.lower(), "logger": record.name, "text": record.getMessage()}
        return _masked(json.dumps({**whole, **fields, "trace": _trace(self, record) or None}, default=str))


def start(style: Literal["json", "text"], *, level: int = logging.INFO) -> None:
    """Log to standard error from now on. Libraries speak up only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson() if style == "json" else OneLine())
    handler.addFilter(_is_worth_a_line)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("bot", "commands", "storage"):
        logging.getLogger(ours).setLevel(level)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Of each request that Bolt has no listener for it tells half a page, with how to write one."""
    return record.levelno >= logging.ERROR or not record.name.startswith("slack_bolt")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _masked(text: str) -> str:
    return SECRET.sub(lambda found: f"{found[1]}***", text)

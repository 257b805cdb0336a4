"""A log line is one line, and no secret stands in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot import log
from bot.log import AsJson, OneLine

TOKENS = ["xoxb-1-2-abcDEF", "xapp-1-A0-99-ff", "xoxp-7", "xoxe.xoxp-1-refresh"]


@pytest.fixture(params=[OneLine, AsJson])
def out(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What one logger writes, in each style."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(request.param())
    logger().addHandler(handler)
    yield handler.stream
    logger().removeHandler(handler)


def logger() -> logging.Logger:
    return logging.getLogger("bot.test_log")


def fail(text: str) -> None:
    raise ValueError(text)


def failed(text: str) -> None:
    try:
        fail(text)
    except ValueError:
        logger().exception("it failed")


@pytest.mark.parametrize("text", ["two\nlines", "\r\nforged", "\x1b[31mred", "\u2028next", "nul\0"])
def test_foreign_text_stays_on_the_line(out: io.StringIO, text: str) -> None:
    logger().warning("said: %s", text, extra={"incident": text})
    line = out.getvalue().removesuffix("\n")
    assert "\n" not in line
    assert line.isprintable()


def test_what_it_is_about_is_said(out: io.StringIO) -> None:
    logger().warning("late", extra={"incident": 42, "job": 7, "attempt": 3})
    for words in ("incident", "42", "job", "7", "attempt", "3", "late", "bot.test_log", "warning"):
        assert words in out.getvalue()


@pytest.mark.parametrize("secret", [*TOKENS, "Bearer abc.def-1", "Token token=y_12+34"])
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(out: io.StringIO, secret: str) -> None:
    logger().warning("sent %s", secret)
    failed(f"refused {secret}")
    tail = secret.removeprefix("Bearer ").removeprefix("Token token=").removeprefix("xoxe.")
    assert tail not in out.getvalue()
    assert out.getvalue().count("***") >= 2


def test_a_traceback_is_whole_and_harmless(out: io.StringIO) -> None:
    failed("\x1b[2Jboom\nbot: forged")
    assert "Traceback" in out.getvalue()
    assert "boom" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_json_is_one_object_a_record() -> None:
    record = logging.LogRecord("bot.x", logging.INFO, __file__, 1, "done in %s ms", (3,), None)
    record.job = 7
    told = json.loads(AsJson().format(record))
    assert {name: told[name] for name in ("level", "logger", "text", "job", "trace")} == {
        "level": "info", "logger": "bot.x", "text": "done in 3 ms", "job": 7, "trace": None,
    }  # fmt: skip


@pytest.mark.usefixtures("logging_stays")
def test_libraries_speak_up_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    log.start("text")
    logging.getLogger("aiohttp").info("chatter")
    logging.getLogger("bot.worker").info("ours")
    assert "chatter" not in (shown := capsys.readouterr().err)
    assert "ours" in shown

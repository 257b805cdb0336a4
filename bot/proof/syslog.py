"""One line to a syslog, at the facility that is meant for audits and readable by few."""

import logging
from logging.handlers import SysLogHandler

from bot.domain.errors import Unavailable

PORT = 514


def send(address: str, text: str) -> None:
    """`address`: a socket's path, such as /dev/log, or host:port over UDP, whose arrival nobody confirms."""
    host, _, port = address.rpartition(":")
    target = address if address.startswith("/") else (host or address, int(port) if host else PORT)
    record = logging.LogRecord("muster", logging.INFO, "", 0, f"muster: {text}", None, None)
    try:
        handler = _Loud(target, facility=SysLogHandler.LOG_AUTHPRIV)
        try:
            handler.emit(record)
        finally:
            handler.close()
    except OSError as error:
        raise Unavailable(f"the syslog at {address} does not take it: {error.strerror}", reached=False) from error


class _Loud(SysLogHandler):
    """Raises what went wrong instead of printing it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        raise

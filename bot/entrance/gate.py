"""What every door does before it looks inside a request: take no more than it can hold, wait no longer than it can."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.domain.errors import Unavailable
from bot.metrics import DELIVERIES
from bot.trouble import note

log = logging.getLogger(__name__)

LARGEST = 512 * 1024  # bytes: twice what PagerDuty sends at most, and more than any Slack view
SLOWEST = 5.0  # seconds: PagerDuty and Slack have given up by then
ANSWERED_WITHIN = 0.8  # seconds: who hears 503 within one sends it again, who hears nothing waits for five
LOOK_EVERY = 0.05  # seconds between two looks whether the rest of a body can still come

QUIET_FOR = 60.0  # seconds between two lines about the same kind of refusal

Door = Callable[[web.Request], Awaitable[web.Response]]


class Patience:
    """How long one request may wait for the database, however often it must be asked."""

    def __init__(self) -> None:
        self._until = time.monotonic() + ANSWERED_WITHIN

    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._until - time.monotonic())


async def raw_body(request: web.Request, largest: int = LARGEST) -> bytes:
    """The bytes as they came. Raises 413 before reading past `largest`, 408 when they come too slowly, and 400 when
    what comes is no body."""
    if (request.content_length or 0) > largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=request.content_length or 0)
    if request.content.is_eof():  # all here already, as nearly always, and no more than aiohttp buffers
        return request.content.read_nowait()
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            while chunk := await _chunk(request):
                body += chunk
                if len(body) > largest:
                    raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=len(body))
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (ConnectionError, web.RequestPayloadError) as error:  # the sender has left, and will not hear this
        raise web.HTTPBadRequest from error
    return bytes(body)


async def _chunk(request: web.Request) -> bytes:
    """What has come of the body and was not read yet; nothing at its end."""
    while True:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                return await request.content.readany()
        except TimeoutError:
            if _is_broken(request):
                raise web.HTTPBadRequest from None


def _is_broken(request: web.Request) -> bool:
    """Whether the rest is no HTTP, such as a chunk without a size. aiohttp's parser in C does not say so to who waits
    for the body: it puts its complaint where the next request would stand, and none can follow a body without end.
    """
    return not request.content.is_eof() and bool(request.protocol._messages)


def guarded(name: str, door: Door, *, signed_in: str = "") -> Door:
    """`door`, with its troubles turned into answers: 503 for ours, so that whoever can will try again.

    `signed_in`: the header without which a refusal is counted apart, since any stranger can cause it.
    """

    async def answer(request: web.Request) -> web.Response:
        try:
            response = await door(request)
        except web.HTTPException as refusal:
            DELIVERIES.labels(name, _outcome(request, refusal.status, signed_in)).inc()
            raise
        except Unavailable as trouble:
            note(trouble)
            if not trouble.trouble:
                log.error("%s: %s", name, trouble)  # noqa: TRY400 - the sentence says it, a traceback would not
            response = _later("Muster cannot keep this now. Please send it again.")
        except Exception:
            log.exception("bug at the door %s", name)
            response = _later("Muster made a mistake. Please send it again.")
        DELIVERIES.labels(name, _outcome(request, response.status, signed_in)).inc()
        return response

    return answer


def _outcome(request: web.Request, status: int, signed_in: str) -> str:
    is_strangers = 400 <= status < 500 and signed_in and not any(request.headers.getall(signed_in, []))
    return "unsigned" if is_strangers else str(status)


class Refusals:
    """Said in the log, each kind at most once a minute; those in between are counted."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, int]] = {}

    def warn(self, kind: str) -> None:
        """`kind`: a sentence of ours, of which there are few."""
        now = time.monotonic()
        at, unsaid = self._said.get(kind, (-QUIET_FOR, 0))
        if now - at < QUIET_FOR:
            self._said[kind] = (at, unsaid + 1)
            return
        self._said[kind] = (now, 0)
        log.warning("refused: %s%s", kind, f" ({unsaid} more since this was last said)" if unsaid else "")


def _later(text: str) -> web.Response:
    return web.json_response({"error": text}, status=503, headers={"Retry-After": "5"})


class OneLine(logging.Filter):
    """aiohttp adds a traceback to what is no HTTP; it is the sender's mistake, and one line says it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args, record.exc_info = "refused what is no HTTP: %s", (type(error).__name__,), None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def http_log() -> logging.Logger:
    """For aiohttp's server."""
    http = logging.getLogger("bot.http")
    if not http.filters:
        http.addFilter(OneLine())
    return http

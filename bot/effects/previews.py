"""What a source would make of a request, said in lines; nothing is sent and nothing is written."""

import json
from collections.abc import Iterator, Sequence

from bot.domain.signal import Signal
from bot.domain.source import Route
from bot.pagerduty.signalling import event_of
from bot.sources import Received, Source

LONGEST_BODY = 1_500  # characters of what came, and of what would be sent


def preview(source: Source, received: Received, wanted: str | None = None) -> list[str]:
    """What came, line by line, then what becomes of it. `wanted`: the route the request names."""
    signals, complaint = source.signals(received)
    lines = ["Received:", *_body(received.body)]
    lines += [f"Not understood: {complaint}"] if complaint else []
    for said in signals:
        route, signal = source.route(said, wanted)
        lines += ["", *_told(signal, route)]
    return lines if signals else [*lines, "", "Nothing would be signalled."]


def route_name(route: Route | None) -> str:
    if route is None:
        return "nowhere: no route leads anywhere"
    where = f" of the account {route.account}" if route.account else ""
    return (f"the service {route.service}" if route.service else "the service its integration key belongs to") + where


def _told(signal: Signal, route: Route | None) -> Iterator[str]:
    if signal.action == "ignore":
        yield f"ignore: {signal.reason or 'nothing need be done'}"
        return
    weight = f" ({signal.severity})" if signal.severity else ""
    yield f"{signal.action}{weight} {signal.dedup_key}: {' '.join(signal.summary.split())}"
    yield f"to {route_name(route)}"
    path, body = event_of(signal)
    yield f"POST {path}"
    yield from _excerpt(json.dumps(body, indent=1, ensure_ascii=False))


def _body(body: bytes) -> Sequence[str]:
    return _excerpt(body.decode("utf-8", "replace"))


def _excerpt(text: str) -> list[str]:
    shown = text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}… ({len(text)} characters)"
    return [f"  {line}" for line in shown.splitlines()]

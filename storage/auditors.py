"""Processes that prove timelines side by side, this one among them: hashing keeps one core busy, and a process has
one. Another takes half a second to start, and is not waited for.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import sqlalchemy as sa

from storage import engines
from storage.audit import Audit, Part, Walked

FEW = 12
"""Parts that are walked here, before other processes would have started."""
MOST = 8

_engines: dict[str, sa.Engine] = {}


def walked(engine: sa.Engine, parts: Sequence[Part]) -> Iterator[Walked]:
    """These parts of the database, in no order."""
    others = min(os.cpu_count() or 1, MOST) - 1
    if len(parts) <= FEW or not others:
        yield from (_walked(engine, part) for part in parts)
        return
    # spawned, not forked: this process has threads, and connections that a child must not touch
    pool = ProcessPoolExecutor(others, multiprocessing.get_context("spawn"))
    try:
        yield from _shared(pool, engine, parts)
    finally:
        pool.shutdown(cancel_futures=True)


def _shared(pool: ProcessPoolExecutor, engine: sa.Engine, parts: Sequence[Part]) -> Iterator[Walked]:
    """The others take what comes first, this process what comes last and nobody has taken."""
    url = engine.url.render_as_string(hide_password=False)
    left = deque((part, pool.submit(_walked_elsewhere, url, part)) for part in parts)
    while left:
        part, elsewhere = left.pop()
        yield _walked(engine, part) if elsewhere.cancel() else elsewhere.result()
        while left and left[0][1].done():
            yield left.popleft()[1].result()


def _walked(engine: sa.Engine, part: Part) -> Walked:
    with engine.connect() as connection:
        return Audit(connection).walk_part(part)


def _walked_elsewhere(url: str, part: Part) -> Walked:
    """In a process of its own, on a connection that is kept for the next part."""
    if url not in _engines:
        _engines[url] = engines.reading(sa.make_url(url), 1)
    return _walked(_engines[url], part)

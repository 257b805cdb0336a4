"""Processes that prove timelines side by side: hashing keeps one core busy, and a process has one."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import sqlalchemy as sa

from storage import engines
from storage.audit import Audit, Part, Walked

FEW = 8
"""Parts that are walked here, before other processes would have started."""
MOST = 8

_engines: dict[str, sa.Engine] = {}


def walked(engine: sa.Engine, parts: Sequence[Part]) -> Iterator[Walked]:
    """These parts of the database, in their order."""
    workers = min(os.cpu_count() or 1, MOST)
    if len(parts) <= FEW or workers < 2:
        yield from (_walked(engine, part) for part in parts)
        return
    url = engine.url.render_as_string(hide_password=False)
    # spawned, not forked: this process has threads, and connections that a child must not touch
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_walked_elsewhere, [url] * len(parts), parts)


def _walked(engine: sa.Engine, part: Part) -> Walked:
    with engine.connect() as connection:
        return Audit(connection).walk_part(part)


def _walked_elsewhere(url: str, part: Part) -> Walked:
    """In a process of its own, on a connection that is kept for the next part."""
    if url not in _engines:
        _engines[url] = engines.reading(sa.make_url(url), 1)
    return _walked(_engines[url], part)

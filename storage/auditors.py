"""Processes that prove timelines side by side: hashing keeps one core busy, and a process has one."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import sqlalchemy as sa

from storage import engines
from storage.audit import Audit, Part, Walked

FEW = 8
"""Parts that are walked here, before other processes would have started."""
MOST = 8
Walk = Callable[[Sequence[Part]], Iterable[Walked]]

_engines: dict[str, sa.Engine] = {}


@contextmanager
def walking(url: sa.URL, parts: int) -> Iterator[Walk]:
    """How to walk so many parts of this database, in their order."""
    shown = url.render_as_string(hide_password=False)
    workers = min(os.cpu_count() or 1, MOST)
    if parts <= FEW or workers < 2:
        yield lambda some: (_walked(shown, part) for part in some)
        return
    # spawned, not forked: this process has threads, and connections that a child must not touch
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield lambda some: pool.map(_walked, [shown] * len(some), some)


def _walked(url: str, part: Part) -> Walked:
    """In whichever process: on a connection of its own, kept for the next part."""
    if url not in _engines:
        _engines[url] = engines.reading(sa.make_url(url), 1)
    with _engines[url].connect() as connection:
        return Audit(connection).walk_part(part)

"""Processes that prove timelines side by side, this one among them: hashing keeps a core busy, and each has one."""

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import sqlalchemy as sa

from storage import engines
from storage.audit import Audit, Part, Walked

FEW = 2
"""Parts that are walked here alone: it is done before another has opened the database."""
MOST = 8

Auditors = ProcessPoolExecutor | None
"""The other processes; None where there is no other core."""
_engines: dict[str, sa.Engine] = {}


@contextmanager
def auditing() -> Iterator[Auditors]:
    """Enter it first of all. A fork is there at once, but while this process has threads, or connections that a child
    must not touch, there can be none: then each is spawned when it is wanted, and imports all anew, for a second.
    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods"""
    others = min(os.cpu_count() or 1, MOST) - 1
    if not others:
        yield None
        return
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    pool = ProcessPoolExecutor(others, context, _ends_with_its_parent)
    try:
        if can_fork:
            pool.submit(os.getpid)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def walked(pool: Auditors, engine: sa.Engine, parts: Sequence[Part]) -> Iterator[Walked]:
    """These parts of the database, in no order."""
    if pool is None or len(parts) <= FEW:
        return (_walked(engine, part) for part in parts)
    return _shared(pool, engine, parts)


def _shared(pool: ProcessPoolExecutor, engine: sa.Engine, parts: Sequence[Part]) -> Iterator[Walked]:
    """The others take what comes first, this process what comes last and nobody has taken."""
    url = engine.url.render_as_string(hide_password=False)
    left = deque((part, pool.submit(_walked_elsewhere, url, part)) for part in parts)
    while left:
        part, elsewhere = left.pop()
        yield _walked(engine, part) if elsewhere.cancel() else elsewhere.result()
        while left and left[0][1].done():
            yield left.popleft()[1].result()
    pool.shutdown()  # before this process leaves the database: SQLite tidies up when the last one does


def _ends_with_its_parent() -> None:
    """Even when that is killed: the pipe through which it gets its work would not tell, for it holds both ends."""
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)


def _walked(engine: sa.Engine, part: Part) -> Walked:
    with engine.connect() as connection:
        return Audit(connection).walk_part(part)


def _walked_elsewhere(url: str, part: Part) -> Walked:
    """In a process of its own, on a connection that is kept for the next part."""
    if url not in _engines:
        _engines[url] = engines.reading(sa.make_url(url), 1)
    return _walked(_engines[url], part)

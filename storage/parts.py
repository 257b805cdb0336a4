"""Parts of a transaction: what may fail alone, and jobs that wait for the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa

from bot.domain.job import Job
from storage.errors import first, is_its_own, translated
from storage.queue import Queue

T = TypeVar("T")


class Parts(Queue):
    _last: list[Job] | None = None

    @contextmanager
    def jobs_last(self) -> Iterator[None]:
        """What is put inside is owed when it ends. For whoever takes one incident after another: a job that collapses
        is one row for many incidents, whose writers wait for it with theirs in hand."""
        waiting: list[Job] = []
        self._last = waiting
        try:
            yield
        finally:
            self._last = None
        for job in waiting:
            self.put(job)

    def put(self, job: Job) -> None:
        if self._last is None:
            super().put(job)
        else:
            self._last.append(job)

    def attempt(self, fn: Callable[[], T]) -> T:
        """`fn`, so that it fails alone: what it wrote is undone, what was written before it stands.

        Unavailable when it is the database that fails, by a deadlock for instance: then `fn` may be right. What it
        does not take, as too long, is raised as it is: it would be refused for ever.
        """
        put = len(self._last or ())
        try:
            with self._connection.begin_nested():
                return fn()
        except BaseException as error:
            del (self._last or [])[put:]
            raise _said(error) from error


def _said(error: BaseException) -> BaseException:
    if isinstance(error, sa.exc.DBAPIError):
        return translated(first(error)) if is_its_own(first(error)) else error
    return error

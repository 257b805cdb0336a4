"""What was answered to a request, so that the same request again gets the same answer and nothing else."""

import time

import sqlalchemy as sa

from storage.connected import Connected, storable
from storage.schema import answers, in_both


class Answers(Connected):
    def hear(self, request: str) -> str | None:
        """What was answered to it; None the first time. On Postgres it waits for whoever is just answering it."""
        if self._first(HEAR[self._dialect], request=request, at=time.time()) is not None:
            return None
        answer: str | None = self._connection.scalar(ANSWER, {"request": request})
        return answer

    def answered(self, request: str, answer: str) -> None:
        """Commits or fails together with what the request has caused."""
        self._do(ANSWERED, of=request, answer=storable(answer))

    def forget_answers(self, before: float) -> int:
        """Those to requests heard before then (seconds since the epoch); how many went."""
        return len(self._all(FORGET, before=before))


HEAR = in_both(lambda insert: insert(answers).on_conflict_do_nothing().returning(answers.c.request))
ANSWER = sa.select(answers.c.answer).where(answers.c.request == sa.bindparam("request"))
ANSWERED = answers.update().where(answers.c.request == sa.bindparam("of")).values(answer=sa.bindparam("answer"))
FORGET = answers.delete().where(answers.c.at < sa.bindparam("before", type_=sa.Double)).returning(answers.c.request)

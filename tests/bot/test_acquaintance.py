"""What is found out about people is kept for a while, and not without end."""

import pytest

from bot.domain.errors import Unavailable
from bot.speaking import acquaintance
from bot.speaking.acquaintance import Fresh

pytestmark = pytest.mark.anyio


async def no_answer() -> str:
    raise Unavailable("nobody answers")


async def test_those_of_whom_nobody_ever_answers_take_up_no_room_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acquaintance, "MOST_KEPT", 10)
    fresh: Fresh[str] = Fresh()
    for nth in range(50):
        with pytest.raises(Unavailable):
            await fresh.answer(f"U{nth}", no_answer)
    assert len(fresh._turns) <= 10

"""`since` and `until` of a query."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.simulator.pagerduty.refusals import invalid
from bot.simulator.pagerduty.rest.call import Call


def between(call: Call, zulu: bool = False) -> Callable[[datetime], bool]:
    """Whether an instant lies in the asked range; `zulu` refuses anything not written in UTC with a Z."""
    since, until = (moment(call.query.get(name), zulu) for name in ("since", "until"))
    return lambda at: (since is None or at >= since) and (until is None or at < until)


def moment(text: str | None, zulu: bool) -> datetime | None:
    """An instant as somebody wrote it; UTC unless they said otherwise."""
    if text is None:
        return None
    if zulu and not text.endswith("Z"):
        raise invalid("Since and until must be ISO 8601 in UTC, ending with Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid("Since and until must be ISO 8601") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

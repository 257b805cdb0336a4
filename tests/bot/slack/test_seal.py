"""Reply addresses are closed with a secret the database has not, and open while secrets are rotated."""

import pytest

from bot.domain.errors import Refused
from bot.slack.seal import Seal

ADDRESS = "https://hooks.slack.com/actions/T1/2/abcdef"


def test_what_is_closed_shows_nothing_and_opens_again() -> None:
    closed = Seal(("old",)).closed(ADDRESS)
    assert "hooks.slack.com" not in closed
    assert "abcdef" not in closed
    assert Seal(("new", "old")).opened(closed) == ADDRESS


def test_with_another_secret_or_a_letter_changed_it_stays_closed() -> None:
    closed = Seal(("old",)).closed(ADDRESS)
    for seal, sealed in ((Seal(("new",)), closed), (Seal(("old",)), closed[:-8] + "AAAAAAA=")):
        with pytest.raises(Refused, match="another SLACK_SIGNING_SECRET"):
            seal.opened(sealed)


def test_what_was_kept_in_clear_before_still_works() -> None:
    assert Seal(("any",)).opened(ADDRESS) == ADDRESS

"""The state of the pretended workspace, and how it is looked up."""

import time
from collections import deque
from collections.abc import Callable
from itertools import count

from bot.simulator.slack import seed
from bot.simulator.slack.model import BOT_USER_ID, Channel, Ephemeral, Json, User, UserGroup
from bot.simulator.slack.tokens import ResponseUrls, Triggers
from bot.simulator.slack.views import Views

Emit = Callable[[str, Json], None]
"""Takes the name of an event as a manifest subscribes to it ("message.channels"), and the event."""

MOST_EPHEMERALS = 10_000


class Workspace:
    """People, conversations and what is on people's screens. `emit` hears of everything an app could subscribe to."""

    def __init__(self, emit: Emit, changed: Callable[[], None]) -> None:
        self.users: dict[str, User] = seed.people()
        self.channels: dict[str, Channel] = seed.channels()
        self.usergroups: dict[str, UserGroup] = seed.usergroups()
        self.ephemerals: deque[Ephemeral] = deque(maxlen=MOST_EPHEMERALS)
        self.views = Views()
        self.triggers = Triggers()
        self.responses = ResponseUrls()
        self.emit = emit
        self.changed = changed
        self._last_ts = 0
        self._numbers = count(1)

    @property
    def bot(self) -> User:
        return self.users[BOT_USER_ID]

    def user(self, name: str) -> User:
        """By id, name, real name or e-mail; KeyError with the names there are."""
        for user in self.users.values():
            if name.lower().lstrip("@") in {user.id.lower(), user.name, user.real_name.lower(), user.email}:
                return user
        raise KeyError(f"no {name!r} among {sorted(user.name for user in self.users.values())}")

    def channel(self, name_or_prefix: str) -> Channel:
        """By id, by name, else the newest whose name starts so; KeyError with the names there are."""
        wanted = name_or_prefix.lstrip("#")
        if wanted in self.channels:
            return self.channels[wanted]
        named = [each for each in self.channels.values() if each.name == wanted]
        found = named or [each for each in self.channels.values() if not each.is_im and each.name.startswith(wanted)]
        if not found:
            raise KeyError(f"no {wanted!r} among {sorted(each.name for each in self.channels.values())}")
        return found[-1]

    def mint_ts(self) -> str:
        """Now as a message's ts: seconds with six decimals, later than every other."""
        self._last_ts = max(int(time.time() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def mint_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):07X}"

"""The workspace a newcomer finds."""

from bot.simulator.slack.model import BOT_USER_ID, Channel, User, UserGroup

FOUNDED = 1_700_000_000
"""Unix seconds."""


def people() -> dict[str, User]:
    """The bot, three responders, a guest, and a stranger from another workspace."""
    everyone = (
        User(BOT_USER_ID, "muster", "Muster", is_bot=True),
        User("U0ALICE", "alice", "Alice Andersen", "alice@example.com"),
        User("U0BOB", "bob", "Bob Brown", "bob@example.com", tz="America/New_York"),
        User("U0CAROL", "carol", "Carol Chen", "carol@example.com", tz="Asia/Singapore"),
        User("U0DANA", "dana", "Dana Diaz", "dana@guest.example", is_restricted=True),
        User("U0MALLORY", "mallory", "Mallory Moore", "mallory@elsewhere.example", is_stranger=True),
    )
    return {user.id: user for user in everyone}


def channels() -> dict[str, Channel]:
    """Public ones with the three responders in them; the bot is in none, as after an installation."""
    names = ("general", "incidents", "checkout")
    members = {"U0ALICE", "U0BOB", "U0CAROL"}
    made = (Channel(f"C0{name.upper()}", name, "U0ALICE", FOUNDED, members=set(members)) for name in names)
    found = {channel.id: channel for channel in made}
    found["C0GENERAL"].is_general = True
    return found


def usergroups() -> dict[str, UserGroup]:
    return {"S0SRE": UserGroup("S0SRE", "sre", "Site Reliability", ["U0ALICE", "U0CAROL"])}

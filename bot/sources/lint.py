"""What is likely a mistake in a mapping, though it can be run."""

import re
from collections.abc import Iterator, Mapping

from bot.sources.members import Fixed, Member

TIME = re.compile(
    r"(?:^|[._\[' -])(?:time|timestamp|ts|date|datetime|now|received_at|created|updated|occurred|started|ended"
    r"|\w*(?:[_-](?:at|time|date|timestamp)|(?<=[a-z])(?:At|Time|Date|Timestamp)))(?=$|[.\]'\[])"
)
SENT = ("body", "item", "request")


def complaints(members: Mapping[str, Member]) -> list[str]:
    """About the dedup_key: it must be the same when something breaks and when it is mended, and another for another."""
    if isinstance(action := members.get("action"), Fixed) and action.value in {"change", "ignore"}:
        return []
    if "dedup_key" not in members:
        return ["map.dedup_key is not given: each request raises another alert, and none can be resolved."]
    return list(_about_key(members["dedup_key"]))


def _about_key(key: Member) -> Iterator[str]:
    if not any(path.split(".")[0].split("[")[0] in SENT for path in key.paths):
        yield (
            "map.dedup_key is the same whatever is sent: all that goes wrong is one alert, and the first that is "
            "over resolves it."
        )
    if times := [path for path in key.paths if TIME.search(path)]:
        yield f"map.dedup_key holds {times[0]}, which seems to be a time: what is over would not find what it ends."

"""Names in the environment that look meant for us and are none of ours."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

PREFIXES = ("MUSTER_", "PAGERDUTY_", "SLACK_")
ALIKE = 0.7  # of what follows the prefix, as difflib counts


def misspelt(environ: Mapping[str, str], known: Collection[str]) -> list[tuple[str, str]]:
    """Each such name, and the one that is probably meant, where that one is not there too."""
    strange = [name for name in sorted(environ) if name.startswith(PREFIXES) and name not in known]
    pairs = [(name, meant) for name in strange if (meant := _meant(name, known))]
    return [(name, meant) for name, meant in pairs if not environ.get(meant)]


def _meant(name: str, known: Collection[str]) -> str | None:
    prefix = name[: name.index("_") + 1]
    endings = [one.removeprefix(prefix) for one in known if one.startswith(prefix)]
    close = get_close_matches(name.removeprefix(prefix), endings, n=1, cutoff=ALIKE)
    return f"{prefix}{close[0]}" if close else None

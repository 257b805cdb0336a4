"""How many files and connections this process may have open at once: as many as whoever started us lets us."""

import contextlib
import sys

if sys.platform != "win32":
    import resource

WANTED = 65_536  # more than we shall ever use; the system may allow a thousand million
UNKNOWN = 512  # where nobody says: Windows' own limit


def allowed() -> int:
    """After asking for as many as we may have. https://docs.python.org/3/library/resource.html"""
    if sys.platform == "win32":
        return UNKNOWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS may allow fewer than its hard limit
        if _number(soft) < (wanted := min(_number(hard), WANTED)):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return _number(soft)


def _number(limit: int) -> int:
    return WANTED if sys.platform != "win32" and limit == resource.RLIM_INFINITY else limit

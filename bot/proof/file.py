"""The anchor file: one line for each checkpoint, only ever appended to, so that `chattr +a` suits it."""

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.domain.checkpoint import Signed
from bot.domain.errors import Refused, Unavailable

TAIL = 4096  # bytes read at first when looking for the last line

Following = Callable[[int], Sequence[Signed]]


def last(path: Path) -> tuple[Signed | None, bool]:
    """The last checkpoint in the file, and whether a line follows it that a power cut has torn.

    Refused when the last line is none: then somebody wrote it who is not Muster.
    """
    try:
        whole, torn = _end(path)
        if complete := torn and _understood(torn):
            return complete, True
        return (Signed.from_line(whole) if whole else None), bool(torn)
    except ValueError as error:
        raise Refused(f"the last line of {path} cannot be read: {error}; run `muster verify`") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}", reached=False) from error


def append(path: Path, checkpoints: Sequence[Signed], *, torn: bool = False) -> None:
    """On disk when this returns. A torn line is ended first; its checkpoint follows it whole."""
    text = "\n" * torn + "".join(f"{one.line()}\n" for one in checkpoints)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, text.encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}", reached=True) from error


def place(path: Path) -> str:
    """This very file, told from one of the same name on another replica."""
    return f"{platform.node()}:{path.absolute()}"


def holds(path: Path, checkpoint: Signed) -> bool:
    return checkpoint.line() in lines(path)


def lines(path: Path) -> list[str]:
    """Without those that were torn: the beginning of the line that follows, and an end without a line break."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    *whole, rest = text.split("\n")
    whole += [rest] if rest and _understood(rest) else []
    return [one for one, following in zip(whole, [*whole[1:], ""], strict=False) if not _is_torn(one, following)]


def _is_torn(line: str, following: str) -> bool:
    return 0 < len(line) < len(following) and following.startswith(line)


def _understood(line: str) -> Signed | None:
    try:
        return Signed.from_line(line)
    except ValueError:
        return None


def _end(path: Path) -> tuple[str, str]:
    """The last whole line, and what stands after it."""
    if not path.exists():
        return "", ""
    with path.open("rb") as file:
        size, want = file.seek(0, os.SEEK_END), TAIL
        while True:
            file.seek(max(0, size - want))
            whole, _, torn = file.read().decode("utf-8", "replace").rpartition("\n")
            _, found, line = whole.rpartition("\n")
            if found or want >= size:
                return line, torn
            want *= 4

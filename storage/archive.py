"""A backup as a file: one tar.gz that describes itself, the same whichever database it was made of.

    manifest.json          format, made_at, database, schema, and of each table: columns, rows, sha256
    tables/NAME.jsonl      one JSON array a row, in the order of `columns`; bytes as {"base64": "…"}

The sha256 is that of the member as it stands in the archive, uncompressed.
"""

import base64
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from bot.domain.errors import Refused

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1024 * 1024  # bytes

Row = Sequence[Any]


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`made_at`: RFC 3339, UTC, before the first row was read. `database`: the dialect. `schema`: its revision."""

    made_at: str
    database: str
    schema: str
    tables: Mapping[str, Table]
    format: int = FORMAT

    @classmethod
    def of(cls, told: Any) -> Self:
        """Raises ValueError, KeyError or TypeError for what is no manifest."""
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}, this Muster reads {FORMAT}")
        tables = {str(name): Table(**about) for name, about in told["tables"].items()}
        return cls(str(told["made_at"]), str(told["database"]), str(told["schema"]), tables)


class Writer:
    """Tables are written to a folder beside the target first, since a tar must know how long its members are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tables: dict[str, Table] = {}

    def add(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        digest, count = sha256(), 0
        with (self._folder / name).open("wb") as out:
            for row in rows:
                line = json.dumps([_told(value) for value in row], separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                out.write(line)
                count += 1
        self.tables[name] = Table(list(columns), count, digest.hexdigest())

    def bind(self, manifest: Manifest) -> Path:
        """All of it in one file."""
        told, bound = self._folder / MANIFEST, self._folder / "bound.tar.gz"
        told.write_text(json.dumps(asdict(manifest), indent=1))
        with bound.open("wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
                tar.add(told, MANIFEST)
                for name in manifest.tables:
                    tar.add(self._folder / name, _member(name))
            out.flush()
            os.fsync(out.fileno())
        return bound


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """Refused when there is no room at `target`. Readable by its owner alone: people's words stand in it."""
    try:
        with tempfile.TemporaryDirectory(prefix=".muster-backup-", dir=target.parent) as folder:
            yield Writer(Path(folder))
    except OSError as error:
        raise Refused(f"The backup cannot be written to {target}: {error.strerror or error}") from error


def require_room(target: Path, ours: Iterable[Path], *, force: bool) -> None:
    """Refused for one of `ours`, which no backup may replace, and for any other file unless `force`."""
    if any(_is_same(target, one) for one in ours):
        raise Refused(f"{target} is a file Muster itself lives on: name another one for the backup")
    if target.exists() and not target.is_file():
        raise Refused(f"{target} is no file that a backup could be kept in: name another one")
    if os.path.lexists(target) and not force:
        raise Refused(f"{target} is there already: name another file, or let --force replace it")


def put_in_place(bound: Path, target: Path, *, force: bool = False) -> None:
    """Whole or not at all, also through a power cut; what came there meanwhile is replaced only with `force`."""
    bound.chmod(0o600)
    if not force:
        _claim(bound, target)
    bound.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Archive:
    """A backup that is read. Everything in it is looked up by name, nothing is unpacked to the disk."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.manifest = Manifest.of(json.loads(self._open(MANIFEST).read(LARGEST_MANIFEST)))

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Raises ValueError after the last one unless all were there, unchanged."""
        about, digest, count = self.manifest.tables[name], sha256(), 0
        for line in self._open(_member(name)):
            digest.update(line)
            count += 1
            yield [_meant(value) for value in json.loads(line)]
        if (count, digest.hexdigest()) != (about.rows, about.sha256):
            raise ValueError(f"{name} is not what was backed up")

    def _open(self, member: str) -> Any:
        found = self._tar.extractfile(member)
        if found is None:
            raise KeyError(member)
        return found


@contextmanager
def reading(file: Path) -> Iterator[Archive]:
    """Refused for what is no backup, or a damaged one, also when that shows only later."""
    try:
        with tarfile.open(file, "r:gz") as tar:
            yield Archive(tar)
    except FileNotFoundError as error:
        raise Refused(f"There is no file {file}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, KeyError, TypeError, ValueError) as error:
        raise Refused(f"{file} is no backup of Muster, or it is damaged ({error}); nothing was changed") from error


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _claim(bound: Path, target: Path) -> None:
    """The name is ours from here on; FileExistsError when it is another's. Some file systems have no links."""
    try:
        os.link(bound, target)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _told(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _meant(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value

"""The timeline can be proved: every tampering up to the last anchor is found, and nothing untouched raises an alarm.

python -m tests.promises.test_proof --full      100,000 tamperings, 10,000 logs, a million entries
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click
import pytest

from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.proof import file
from bot.proof.record import CHECKPOINTS, Trouble
from storage import Database, Transaction
from storage.engines import database_url as parsed
from tests.databases import BOTH, postgres_database
from tests.promises import big
from tests.promises.logs import Undone, lived, verdict, without_guards
from tests.promises.tampering import BY_SQL, IN_THE_FILE, Owner


@dataclass
class Scene:
    """A ledger without its triggers, five checkpoints and their anchor file."""

    database: Database
    anchor: Path
    written: int


def scene(url: str, folder: Path, seed: int = 1) -> Scene:
    database, anchor = Database(url, Reactions(Routing())), folder / f"checkpoints-{seed}"
    database.migrate()
    database.open()
    written = database.submit(lambda tx: lived(tx, Random(seed), anchor, checkpoints=5, most=12)).result()
    without_guards(database, parsed(url))
    return Scene(database, anchor, written)


def tampered(it: Scene, seed: int) -> str | None:
    """None when it was found, and where it was; else what was done."""
    random = Random(seed)
    if random.random() < 0.25:
        return _in_file(it, random)

    def tamper_and_look(tx: Transaction) -> None:
        owner = Owner(tx, random)
        deed = random.choice(BY_SQL)
        first = deed(owner)
        trouble, _ = verdict(tx, file.lines(it.anchor), it.written)
        raise Undone((trouble, _missed(deed.__name__, owner, first, trouble)))

    with pytest.raises(Undone) as undone:
        it.database.submit(tamper_and_look).result()
    return undone.value.result[1] or None


def _missed(deed: str, owner: Owner, first: int, trouble: Trouble | None) -> str:
    """Empty when the trouble names the entry, or, after rehashing, one from which on it is not believed."""
    if trouble is None:
        return f"{deed} of {owner.stream} {owner.seq} was not found"
    rehashed = "rehash" in deed or deed in {"back_date", "change_who_did_it", "insert_an_entry", "cut_the_tail"}
    right = trouble.where == owner.stream and (trouble.seq <= first if rehashed else trouble.seq == first)
    return "" if right or not first else f"{deed} of {owner.stream} {first} was taken for {trouble}"


def _in_file(it: Scene, random: Random) -> str | None:
    text = it.anchor.read_bytes()
    deed = random.choice(IN_THE_FILE)
    changed = it.anchor.with_suffix(".tampered")
    changed.write_bytes(deed(text, random))

    def look(tx: Transaction) -> Trouble | None:
        return verdict(tx, file.lines(changed), it.written)[0]

    trouble = it.database.submit(look).result()
    return None if trouble and trouble.where == CHECKPOINTS else f"{deed.__name__} in the file: {trouble}"


def alarmed(it: Database, seed: int) -> Trouble | None:
    """Of a log that nobody touched, and that is undone again."""

    def live_and_look(tx: Transaction) -> None:
        random = Random(seed)
        written = lived(tx, random, None, checkpoints=random.randint(0, 3), most=8)
        lines = tx.checkpoint_lines()
        behind = random.randint(0, written)  # the file may lack what was not yet written to it
        raise Undone((verdict(tx, lines[:behind], behind)[0], ""))

    with pytest.raises(Undone) as undone:
        it.submit(live_and_look).result()
    return undone.value.result[0]


@pytest.fixture(params=BOTH)
def owned_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database to take the triggers from."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/owned.db"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


TAMPERINGS = {"sqlite": 600, "postgresql": 150}
LOGS = {"sqlite": 150, "postgresql": 20}
LEAST_A_SECOND = 300_000  # entries; held to by `--full`, on two idle cores


def test_every_tampering_is_found_and_named(owned_url: str, tmp_path: Path) -> None:
    it = scene(owned_url, tmp_path)
    missed = Counter(filter(None, (tampered(it, seed) for seed in range(TAMPERINGS[it.database.dialect]))))
    it.database.close()
    print(f"\n{TAMPERINGS[it.database.dialect]} tamperings on {it.database.dialect}, {missed.total()} missed")
    assert not missed


def test_what_nobody_touched_raises_no_alarm(database: Database) -> None:
    alarms = [trouble for seed in range(LOGS[database.dialect]) if (trouble := alarmed(database, seed))]
    print(f"\n{LOGS[database.dialect]} untouched logs on {database.dialect}, {len(alarms)} alarms")
    assert alarms == []


def wrongs(missed: int, alarms: int, speed: float, least: float) -> list[str]:
    said = {"missed": missed > 0, "false alarms": alarms > 0, f"fewer than {least:,.0f} a second": speed < least}
    return [what for what, applies in said.items() if applies]


@pytest.mark.parametrize(
    ("figures", "wrong"),
    [
        ((0, 0, 300_000.0), []), ((1, 0, 300_000.0), ["missed"]), ((0, 1, 300_000.0), ["false alarms"]),
        ((0, 0, 299_999.0), ["fewer than 300,000 a second"]),
    ],
)  # fmt: skip
def test_the_judge_of_the_full_length_has_eyes(figures: tuple[int, int, float], wrong: list[str]) -> None:
    assert wrongs(*figures, LEAST_A_SECOND) == wrong


def full(tamperings: int, logs: int, entries: int, *, least: float = 0.0) -> int:
    """The whole promise; the exit code. `least`: entries a second."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        missed: Counter[str] = Counter()
        for seed in range(10):
            it = scene(f"sqlite:///{folder}/tampered-{seed}.db", Path(folder), seed)
            some = range(seed * tamperings // 10, (seed + 1) * tamperings // 10)
            with click.progressbar(some, file=sys.stderr) as bar:
                missed.update(filter(None, (tampered(it, nth) for nth in bar)))
            it.database.close()
        print(f"{tamperings} tamperings: {missed.total()} missed, {time.perf_counter() - started:.0f} s")
        for what, times in missed.most_common(10):
            print(f"  {times} × {what}")
        untouched = Database(f"sqlite:///{folder}/untouched.db", Reactions(Routing()))
        untouched.migrate()
        untouched.open()
        with click.progressbar(range(logs), file=sys.stderr) as bar:
            alarms = [trouble for seed in bar if (trouble := alarmed(untouched, seed))]
        untouched.close()
        print(f"{logs} untouched logs: {len(alarms)} alarms")
        speed = big.verified_per_second(Path(folder) / "big.db", entries)
        print(f"{entries} entries: {speed:,.0f} a second by `muster verify`, the median of {big.RUNS} runs")
        wrong = wrongs(missed.total(), len(alarms), speed, least)
        if wrong:
            print(f"WRONG: {', '.join(wrong)}")
        return int(bool(wrong))


if __name__ == "__main__":
    if "--full" in sys.argv:
        sys.exit(full(100_000, 10_000, 1_000_000, least=LEAST_A_SECOND))
    sys.exit(full(2_000, 200, 100_000))

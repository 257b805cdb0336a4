"""What is on our own side: the database, the files that hold secrets, and where checkpoints go."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from bot.doctor.finding import Finding, ill, well
from bot.doctor.patient import Patient
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database

FOR_OTHERS = 0o077
ENOUGH_ANCHORS = 2
ANCHORS = {
    "file": ("a file", "`anchors.file`"),
    "slack": ("Slack", "`anchors.slack` or the default rule's `announce`"),
    "pagerduty": ("PagerDuty", "`anchors.pagerduty: true`"),
    "syslog": ("a syslog", "`anchors.syslog`"),
}
"""What each is called, and how muster.yaml asks for it."""
ANYWHERE = Path("muster.db")  # which anchors there are does not hang on where the database is


async def database(patient: Patient, about: str) -> Sequence[Finding]:
    """Beside a running Muster, and without creating anything."""
    return [await asyncio.to_thread(_database, patient.config.database_url, about)]


def _database(url: str, about: str) -> Finding:
    database = Database(url, Reactions(Routing()))
    file = database.file
    if file and not file.exists():
        return _not_yet(file, about)
    try:
        database.open(read_only=True)
        found, wanted = database.revisions()
    finally:
        database.close()
    if file and _is_open(file):
        return ill(about, f"others on this machine can read {file}.", f"chmod 600 {file}*")
    if found == wanted:
        return well(about, f"{database.dialect} with safe settings, schema {found}.")
    state = f"the schema is at {found}" if found else "there is no schema yet"
    return ill(about, f"{state}, this Muster needs {wanted}.", "Run `muster migrate`; `muster serve` does it too.")


def _not_yet(file: Path, about: str) -> Finding:
    folder = file.absolute().parent
    if not os.access(folder, os.W_OK):
        return ill(about, f"{file} cannot be created.", f"Let {folder} exist and be writable, or change DATABASE_URL.")
    return well(about, f"{file} does not exist yet.", "`muster serve` creates it, `muster migrate` too.")


async def secret_files(patient: Patient, about: str) -> Sequence[Finding]:
    files = [*patient.config.secret_files, *patient.config.choices.key_files()]
    open_to = [file for file in files if _is_open(file)]
    if not open_to:
        return [well(about, "nobody else can read them.")] if files else []
    names = " ".join(str(file) for file in open_to)
    return [ill(about, f"others on this machine can read {names}.", f"chmod 600 {names}")]


def _is_open(file: Path) -> bool:
    return file.exists() and bool(file.stat().st_mode & FOR_OTHERS)


async def anchors(patient: Patient, about: str) -> Sequence[Finding]:
    """Advice only: one will do until whoever owns the database owns that one too."""
    chosen = patient.config.anchors(ANYWHERE).chosen
    places = " and ".join(ANCHORS[name][0] for name in chosen)
    if len(chosen) >= ENOUGH_ANCHORS:
        return [well(about, f"checkpoints go to {places}.")]
    others = ", ".join(mend for name, (_, mend) in ANCHORS.items() if name not in chosen)
    found = f"checkpoints go to {places} alone." if chosen else "checkpoints go nowhere outside the database."
    return [well(about, found, f"Have at least two, one of them not the database owner's: {others} in muster.yaml.")]


async def names(patient: Patient, about: str) -> Sequence[Finding]:
    """Variables nobody reads, though somebody seems to have meant us."""
    return [ill(about, f"{name} is set, which nobody reads.", f"Rename it if {meant} is meant, else take it out.")
            for name, meant in patient.config.misspelt]  # fmt: skip

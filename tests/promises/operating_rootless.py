"""As the container runs it: another user, nothing writable but the folder of its database, and it serves.

python -m tests.promises.operating_rootless
"""

import asyncio
import os
import shutil
import site
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.simulator import Simulator
from tests.promises.serving import HOME, Muster, asked, page, serving

UID = 65532
CANDIDATES = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")
WHY_NOT = "needs root, to become another user, and a Python that this user can run"


def interpreter() -> str:
    """One that is not inside root's own folder; empty when there is none."""
    if os.name != "posix" or os.getuid() != 0:
        return ""
    return next((one for one in CANDIDATES if _runs(one)), "")


def _runs(python: str) -> bool:
    program = "import sys; sys.path[:0] = sys.argv[1:]; import sqlalchemy, aiohttp, psycopg"
    try:
        command = [python, "-c", program, *site.getsitepackages()]
        tried = subprocess.run(command, user=UID, cwd="/", capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0


async def measured() -> str:
    """What it wrote, as names relative to its folder; raises when it does not serve."""
    with tempfile.TemporaryDirectory(prefix="muster-rootless-") as name:
        folder = Path(name)
        state, code = folder / "state", folder / "code"
        folder.chmod(0o755)  # noqa: ASYNC240 - nobody else waits
        state.mkdir(mode=0o700)
        os.chown(state, UID, UID)
        for package in ("bot", "commands", "storage", "migrations"):
            shutil.copytree(HOME / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
        async with Simulator() as simulator, serving(simulator, folder, f"sqlite:///{state}/muster.db") as muster:
            await _as_nobody(muster, code, state)
            assert await asked(muster.port, page(1, urgent=False)) == 202
            written = sorted(path.name for path in found(folder) if path.stat().st_uid == UID)
            exit_code, _ = await muster.stop()
            assert exit_code == 0
        return " ".join(written)


def found(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def _as_nobody(muster: Muster, code: Path, state: Path) -> None:
    """No place for temporary files: /tmp is somebody else's."""
    told = {**os.environ, **muster.settings(), "TMPDIR": str(state / "absent"), "HOME": "/nonexistent"}
    told |= {"PYTHONPATH": os.pathsep.join([str(code), *site.getsitepackages()]), "PYTHONDONTWRITEBYTECODE": "1"}
    with (muster.folder / "log").open("ab") as log:
        muster.process = await asyncio.create_subprocess_exec(
            interpreter(), "-m", "bot", "serve", "--port", str(muster.port),
            cwd=code, env=told, stdout=log, stderr=log, user=UID, group=UID, extra_groups=[],
        )  # fmt: skip
    await muster.until_ready()


if __name__ == "__main__":
    if not interpreter():
        sys.exit(WHY_NOT)
    print(f"served as uid {UID}; written: {asyncio.run(measured())}")

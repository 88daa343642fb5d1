"""The repository as a newcomer gets it: its files without what git ignores."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IGNORED = {".git", ".venv", ".local", "staticfiles", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """Paths relative to the root: tracked, or new and not ignored; without git every file that is not a by-product."""
    if (ROOT / ".git").exists():
        command = [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = {Path(name) for name in done.stdout.split("\0") if name}
    else:
        found = {
            path.relative_to(ROOT)
            for path in ROOT.rglob("*")
            if not IGNORED & set(path.relative_to(ROOT).parts)
        }
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def texts(*suffixes: str) -> dict[str, str]:
    """The text of every file, or of those with these suffixes; binary files left out."""
    found = {}
    for path in files():
        if suffixes and path.suffix not in suffixes:
            continue
        raw = (ROOT / path).read_bytes()
        if b"\0" not in raw:
            found[path.as_posix()] = raw.decode()
    return found

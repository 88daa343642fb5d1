"""The migrated, empty database of the tests, kept between test runs: migrating takes half a minute, a copy a second.

What is kept is a stopped PostgreSQL data folder, below `.pytest_cache/migrated/`, under a key over everything that
migrating follows from: the migrations, the modules of ours that they import (models, walls, triggers), how servers and
roles are made, and every installed package with its version (Django, PostgreSQL). Another key is another folder, made
from nothing; each worker of a test run copies it. It gets its name when it is complete: a half-made one is never used.
Django migrates once more on top of the copy, which does nothing unless something is missing.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

from cdmo_eval.core.db.bootstrap import bootstrap
from cdmo_eval.embedded import BASE_DIR, EmbeddedError, EmbeddedServers

NAME = "migrated"
"""Of the database in the copied servers. Nobody connects to it: databases are made from it."""
CACHE = BASE_DIR / ".pytest_cache" / NAME
KEPT = 3
"""So many are kept, the last used ones: branches that are worked on in turn."""
PACKAGES = ("cdmo_eval", "vendors", "scorecards")
BESIDES = (
    "cdmo_eval.settings", "cdmo_eval.embedded", "cdmo_eval.core.db", "cdmo_eval.core.db.base", "cdmo_eval.core.db.bootstrap",
    "cdmo_eval.core.management.commands.migrate",
)  # fmt: skip
"""What else decides about the servers, the roles and how migrations run."""


def prepare(servers: EmbeddedServers) -> bool:
    """Give servers that have not been started yet a data folder with the migrated database; False where that fails.

    Then they begin empty as always, and Django migrates the test's database itself: an error of a migration shows there.
    """
    try:
        kept = _kept(CACHE, key(BASE_DIR))
        _copy(kept, servers.data)
    except (OSError, EmbeddedError, subprocess.SubprocessError):
        shutil.rmtree(servers.data, ignore_errors=True)
        return False
    return True


def key(root: Path) -> str:
    """Another one whenever migrating could give another database."""
    said = hashlib.sha256(f"{sys.version} {sys.platform} {os.geteuid()}".encode())
    for name, version in sorted((each.metadata["Name"], each.version) for each in distributions()):
        said.update(f"{name}=={version}\n".encode())
    for path in sorted(sources(root)):
        said.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return said.hexdigest()[:32]


def sources(root: Path) -> set[Path]:
    """Every migration, what else decides, and the modules of ours that any of them imports, however far away."""
    found: set[Path] = set()
    left = [path for package in PACKAGES for path in (root / package).glob("**/migrations/*.py")]
    left += _files(root, BESIDES)
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += _files(root, _imports(path.read_text(), path.relative_to(root)))
    return found


def _imports(code: str, place: Path) -> Iterator[str]:
    """The modules that may be meant by the imports in a file: `from a import b` may mean a.b."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = place.parts[: -node.level] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{each.name}" for each in node.names)


def _files(root: Path, modules: Iterable[str]) -> list[Path]:
    """Those of our modules, and of the packages around them, that there are."""
    found = []
    for module in modules:
        parts = module.split(".")
        if parts[0] in PACKAGES:
            for count in range(1, len(parts) + 1):
                path = root.joinpath(*parts[:count])
                found += [each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()]
    return found


def _kept(cache: Path, name: str) -> Path:
    """The folder of a key, made if need be; of several processes one makes it and the others wait."""
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / name
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _make(kept)
        os.utime(kept)
        _remove_others(cache)
    return kept


def _make(kept: Path) -> None:
    half_made = kept.with_suffix(".half-made")
    shutil.rmtree(half_made, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="cdmo-migrated-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=False)
    try:
        addresses = servers.start()
        bootstrap(addresses.superuser_url, database=NAME, for_tests=True)
        at = f"host={servers.run_dir} dbname={NAME} user="
        subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", "migrate", "--run-syncdb", "--verbosity=0"],
            cwd=BASE_DIR, check=True, capture_output=True,
            env=os.environ | {"DATABASE_URL": f"{at}cdmo_app", "DATABASE_OWNER_URL": f"{at}cdmo_owner", "REDIS_URL": addresses.redis_url},
        )  # fmt: skip
        servers.stop()
        _copy(servers.data, half_made)
        half_made.rename(kept)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        if servers.home != folder:
            shutil.rmtree(servers.home, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """With owners and permissions, which PostgreSQL insists on."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-Rp", source, target], check=True, capture_output=True)


def _remove_others(cache: Path) -> None:
    with suppress(OSError):
        kept = sorted(
            (path for path in cache.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime
        )
        for path in kept[KEPT:]:
            shutil.rmtree(path, ignore_errors=True)

"""Durable servers of a benchmark's own, thrown away afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdmo_eval.embedded import EmbeddedServers


@contextmanager
def own_servers() -> Iterator[Path]:
    """PostgreSQL and Valkey with the settings of a real installation, and a folder to work in, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="cdmo-bench-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=True)
    try:
        servers.start().export()
        os.environ["CDMO_LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "cdmo_eval.settings"
        yield folder
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)

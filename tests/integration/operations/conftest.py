"""Folders that embedded servers can use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Not below pytest's folder, which every session closes to other users: as root PostgreSQL is another user."""
    folder = Path(tempfile.mkdtemp(prefix="cdmo-run-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)

"""Where the shared data lies, if it is there. Tests never need it: each falls back on a sample of its own."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "tests" / "samples"


def shared_data(name: str) -> Path | None:
    """A file of the shared data, or None when it is absent.

    The folder is CDMO_DATA when set, else `shared/data` beside the repository.
    """
    folder = os.environ.get("CDMO_DATA")
    path = (Path(folder) if folder else REPOSITORY.parent / "shared" / "data") / name
    return path if path.is_file() else None

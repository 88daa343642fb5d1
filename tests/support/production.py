"""The environment of a production installation, for checks that must see production settings.

`python -m tests.support.production check --deploy` runs a management command with it.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]


def production_environment() -> dict[str, str]:
    """Our own environment without its servers, plus what production needs; the servers named do not exist."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CDMO_", "DATABASE_", "REDIS_", "DJANGO_"))
    }
    return inherited | {
        "CDMO_ENV": "production",
        "CDMO_SECRET_KEY": secrets.token_hex(32),
        "CDMO_TOKEN_PEPPER": secrets.token_hex(32),
        "CDMO_HOSTS": "cdmo.example",
        "CDMO_TRUSTED_ORIGINS": "https://cdmo.example",
        "DATABASE_URL": "postgresql://cdmo_app:secret@db.example/cdmo",
        "DATABASE_OWNER_URL": "postgresql://cdmo_owner:secret@db.example/cdmo",
        "REDIS_URL": "redis://:secret@redis.example:6379/0",
    }


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run manage.py with exactly this environment."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(
        command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )


if __name__ == "__main__":
    done = manage(*sys.argv[1:], environment=production_environment())
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    sys.exit(done.returncode)

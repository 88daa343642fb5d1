"""Health checks of the containers: `python -m cdmo_eval.probe web|worker|beat|reconcile|sync`, exit code 0 when well.

A living process is not enough: the web must answer that it can work; worker and reconciler must have done their work,
which the registered checks know (such as the age of the oldest change that no calculation has seen).
"""

import argparse
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PING_SECONDS = 5.0
SCHEDULE_SECONDS = 900  # beat writes its schedule at least every eight minutes


def main(arguments: Sequence[str] | None = None) -> int:
    """Probe one process; the reason goes to standard error when it is not well."""
    parser = argparse.ArgumentParser(prog="python -m cdmo_eval.probe", description=__doc__)
    parser.add_argument("process", choices=("web", "worker", "beat", "reconcile", "sync"))
    parser.add_argument("--port", type=int, default=8000, help="of the web server")
    parser.add_argument("--schedule", default="", help="the file that beat or sync keeps writing")
    options = parser.parse_args(arguments)
    if options.process == "web":
        problem = web(options.port)
    elif options.process in {"beat", "sync"}:
        problem = beat(Path(options.schedule), now=time.time())
    else:
        problem = (worker() if options.process == "worker" else "") or registered()
    sys.stderr.write(f"{problem}\n" if problem else "")
    return 1 if problem else 0


def web(port: int) -> str:
    """What is wrong with the web server on this machine, "" when it can work."""
    host = os.environ.get("CDMO_HOSTS", "localhost").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready/", headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"the web server does not answer ({error})"
    finally:
        connection.close()
    return "" if answer.status == http.HTTPStatus.OK else f"the web server says {answer.status}: {body[:300]}"


def worker() -> str:
    """What is wrong with the Celery worker of this machine, "" when it answers through the broker."""
    from cdmo_eval.celery import app  # noqa: PLC0415 - the web probe needs neither Celery nor Django

    name = f"celery@{socket.gethostname()}"
    return "" if app.control.ping(destination=[name], timeout=PING_SECONDS) else f"{name} does not answer"


def beat(schedule: Path, *, now: float) -> str:
    """What is wrong with beat (or sync), "" when its file was written lately. shelve adds an ending to the name."""
    written = [file.stat().st_mtime for file in schedule.parent.glob(f"{schedule.name}*")]
    return "" if written and now - max(written) < SCHEDULE_SECONDS else f"{schedule} is not being written"


def registered() -> str:
    """What the checks of the readiness page find, asked in this process."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    django.setup()
    from cdmo_eval.http.health import checks  # noqa: PLC0415

    problems = {name: problem for name, check in checks.items() if (problem := check())}
    return json.dumps(problems) if problems else ""


if __name__ == "__main__":
    sys.exit(main())

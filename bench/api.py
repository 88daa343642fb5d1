"""How fast does the interface answer? Beside the endpoint that somebody would write by hand for this one question.

1. `scorecards/{id}/results/` of 5 000 vendors: a page of 50, and walks over all rows by pages of 200, by 8 clients at
   once; p50 and p95 of the requests, ours over the rival's (bench/rival_api.py: psycopg and hand-made rows under the same
   web server, database, role and row-level security). Ours and theirs take turns, so that a busy machine slows both; the
   first turn warms both up. Ours keeps answers that it made (http/kept_answers.py) and the rival does not: so no address
   is asked twice (leading zeros make new ones of the same page), but in the last walks, which say so.
2. Files of the same ranking: XLSX of all vendors, PDF of 500 rows: seconds, and the peak memory of the process.

Run: python -m bench api. The aim is at most 2.5 times the rival.
"""

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.servers import own_servers
from cdmo_eval.embedded import BASE_DIR, free_port
from tests.support.product import HOST, Product

NOW = datetime.now(UTC)
NEXT = re.compile(rb'"next":\s?(?:null|"([^"]*)")')
PRINTED = 500
Sides = Mapping[str, tuple[int, str]]
"""Name to port and path."""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--vendors", type=int, default=5000)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--requests", type=int, default=400)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--files", action=argparse.BooleanOptionalAction, default=True)
    options = arguments.parse_args()
    with own_servers() as folder:
        measure(folder, options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Set the stage, start both servers, ask them in turns."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    scorecard_id, public_id, token = prepare(options.vendors)
    product = Product(folder, {}, web_workers=options.workers)
    rival_port = free_port()
    rival = rival_server(rival_port, options.workers)
    try:
        product.start("web")
        sides = {
            "ours": (product.port, f"/api/v1/scorecards/{public_id}/results/"), "by hand": (rival_port, f"/{public_id}"),
        }  # fmt: skip
        print(f"the same rows: {same_rows(sides, token)}")
        pages = options.vendors // 50
        report(
            "a page of 50",
            options.clients,
            in_turns(sides, token, options, pages),
        )
        walks("a walk by pages of 200, new to the server", sides, token, options.clients, fresh=True)
        walks(
            "the same walk over pages that somebody asked before", sides, token, options.clients, fresh=False
        )
    finally:
        product.stop()
        rival.terminate()
        rival.wait()
    if options.files:
        files(scorecard_id)


def prepare(vendors: int) -> tuple[int, str, str]:
    """A published scorecard with so many vendors, and a token: (id, public id, token)."""
    from django.db import connection

    from bench import stage
    from cdmo_eval.core.db.base import owner_connection
    from cdmo_eval.core.members import add_member
    from cdmo_eval.core.policies import Actor
    from cdmo_eval.core.roles import Role
    from cdmo_eval.core.tenancy import organization_scope
    from cdmo_eval.core.tokens import create_token
    from scorecards.models import Scorecard

    organization, ids = stage.build(vendors=vendors, scorecards=1, now=NOW)
    stage.publish_one(ids[0], now=NOW)
    boss = Actor(organization=organization, role=Role.ADMIN, name="bench")
    with organization_scope(organization.pk, boss):
        member = add_member(
            organization=organization, by=boss, email="program@bench.example", role=Role.MANAGER, now=NOW
        )
        actor = Actor(organization=organization, role=Role.MANAGER, name="bench", user=member.user)
        _, token = create_token(
            by=actor, name="bench", scopes=["read"], expires_at=NOW + timedelta(days=1), now=NOW
        )
        public_id = str(Scorecard.objects.get(pk=ids[0]).public_id)
    with owner_connection(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum would have done by the time somebody asks
    return ids[0], public_id, token


def rival_server(port: int, workers: int) -> subprocess.Popen[bytes]:
    """The hand-written endpoint under the same web server, with as many processes and threads."""
    command = [
        sys.executable, "-m", "gunicorn", "bench.rival_api", "--bind", f"{HOST}:{port}", "--worker-class", "gthread",
        "--workers", str(workers), "--threads", "8", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    return subprocess.Popen(command, cwd=BASE_DIR, env=os.environ | {"CDMO_PROCESS": "web"})


def get(link: http.client.HTTPConnection, path: str, token: str) -> bytes:
    """The body of an answer, which must be 200."""
    link.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = link.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:500]!r}")
    return body


def same_rows(sides: Sides, token: str) -> str:
    """Whether both give the same rows with the same keys; figures may differ by one in the second decimal."""
    found = []
    for port, path in sides.values():
        link = http.client.HTTPConnection(HOST, port, timeout=60)
        wait_for(link)
        found.append(json.loads(get(link, f"{path}?page=3&page_size=50", token))["results"])
        link.close()
    return "yes" if close_to(*found) else "NO"


def close_to(ours: Any, theirs: Any) -> bool:
    """Equal, but for a hundredth."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(close_to(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(close_to, ours, theirs))
    if isinstance(ours, float):
        return abs(ours - theirs) < 0.011
    return bool(ours == theirs) or (isinstance(ours, str) and ours[:19] == theirs[:19] and ours[4] == "-")


def wait_for(link: http.client.HTTPConnection) -> None:
    """Until the server listens."""
    for _ in range(100):
        try:
            link.connect()
        except OSError:
            time.sleep(0.1)
        else:
            return


def in_turns(sides: Sides, token: str, options: argparse.Namespace, pages: int) -> dict[str, list[float]]:
    """Seconds of each request: rounds of both sides after each other, each round by all clients at once."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    order = random.Random(1)  # noqa: S311 - which page, not a secret
    rounds, each = 10, min(options.requests // 10, pages) // options.clients
    for turn in range(rounds + 1):
        chosen = iter(order.sample(range(1, pages + 1), each * options.clients))
        numbers = [[next(chosen) for _ in range(each)] for _ in range(options.clients)]
        for name, (port, path) in sides.items():
            paths = [
                [f"{path}?page={page:0{turn + 4}}&page_size=50" for page in client] for client in numbers
            ]
            found = at_once(port, options.clients, partial(ask, paths, token))
            if turn:  # the first round warms both up
                seconds[name] += [second for client in found for second in client]
    return seconds


def ask(paths: list[list[str]], token: str, link: http.client.HTTPConnection, client: int) -> list[float]:
    """Seconds of each request of one client."""
    return [timed(partial(get, link, path, token)) for path in paths[client]]


def walks(title: str, sides: Sides, token: str, clients: int, *, fresh: bool) -> None:
    """Print the seconds of every request and of a turn in which all clients walk; with `fresh` over addresses of their own."""
    requests: dict[str, list[float]] = {name: [] for name in sides}
    whole = dict.fromkeys(sides, 0.0)
    for turn in range(2):  # the first warms both up
        zeros = [turn * clients + client if fresh else 0 for client in range(clients)]
        for name, (port, path) in sides.items():
            began = time.perf_counter()
            found = at_once(port, clients, partial(walk, path, token, zeros))
            whole[name] = time.perf_counter() - began
            requests[name] = [second for client in found for second in client]
    report(title, clients, requests)
    print(f"  {clients} walks at once: ours {whole['ours']:.2f} s, by hand {whole['by hand']:.2f} s")


def walk(
    path: str, token: str, zeros: list[int], link: http.client.HTTPConnection, client: int
) -> list[float]:
    """Seconds of every request from the first page to the last."""
    seconds, place = [], f"{path}?page_size={'0' * zeros[client]}200"
    while place:
        began = time.perf_counter()
        body = get(link, place, token)
        seconds.append(time.perf_counter() - began)
        following = NEXT.search(body[:500])
        place = (
            following[1].decode().removeprefix(f"http://{HOST}:{link.port}")
            if following and following[1]
            else ""
        )
    return seconds


def at_once(
    port: int, clients: int, work: Callable[[http.client.HTTPConnection, int], list[float]]
) -> list[list[float]]:
    """What each client gave, each with a connection that stays open."""
    found: list[list[float]] = [[] for _ in range(clients)]

    def one(client: int) -> None:
        link = http.client.HTTPConnection(HOST, port, timeout=120)
        found[client] = work(link, client)
        link.close()

    threads = [threading.Thread(target=one, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(found):
        raise RuntimeError("a client failed")
    return found


def files(scorecard_id: int) -> None:
    """Seconds and memory of the whole ranking as a workbook, and of the dossier of a calculation of 500 candidates."""
    from bench import stage
    from cdmo_eval.core.models import Organization
    from cdmo_eval.core.policies import system_actor
    from cdmo_eval.core.tenancy import organization_scope
    from scorecards.models import Candidate, Scorecard
    from scorecards.models.export import ExportFormat, ExportKind
    from scorecards.services.scorecards import create_scorecard
    from scorecards.services.snapshots import freeze_calculation

    organization = Organization.objects.get(slug="bench")
    actor = system_actor(organization, "bench")
    with organization_scope(organization.pk, actor):
        scorecard = Scorecard.objects.select_related("program", "framework").get(pk=scorecard_id)
        ranking = scorecard.public_id
        chosen = Candidate.objects.select_related("vendor", "program").order_by("id")[:PRINTED]
        small = create_scorecard(
            program=scorecard.program, framework=scorecard.framework, name="Printed", candidates=list(chosen), by=actor, now=NOW,
        )  # fmt: skip
    stage.publish_one(small.pk, now=NOW)
    with organization_scope(organization.pk, actor):
        frozen = freeze_calculation(scorecard=small, reason="bench", by=actor, now=NOW).public_id
    write(organization, ExportKind.RANKING, ExportFormat.XLSX, ranking)
    write(organization, ExportKind.DOSSIER, ExportFormat.PDF, frozen)


def write(organization: Any, kind: Any, file_format: Any, subject: Any) -> None:
    """Ask for a file, write it here instead of in a worker, and print what it took."""
    from bench.recompute import forget_peak, peak_megabytes
    from cdmo_eval.core.policies import system_actor
    from cdmo_eval.core.tenancy import organization_scope
    from scorecards.models import Export
    from scorecards.services.export_slices import write_slice
    from scorecards.services.exports import request_export

    actor = system_actor(organization, "bench")
    with organization_scope(organization.pk, actor):
        export = request_export(
            organization=organization, kind=kind, format=file_format, subject=subject, by=actor, now=NOW
        )
    forget_peak()
    began = time.perf_counter()
    while not write_slice(organization_id=organization.pk, job_id=export.job_id, clock=lambda: NOW):
        pass
    seconds = time.perf_counter() - began
    with organization_scope(organization.pk, actor):
        made = Export.objects.get(pk=export.pk)
    print(
        f"{kind.label} as {file_format.label}: {seconds:.1f} s, peak memory {peak_megabytes():.0f} MB, {(made.size or 0) / 1e6:.1f} MB on disk"
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(title: str, clients: int, seconds: dict[str, list[float]]) -> None:
    """p50 and p95 of both, and how many times as long ours takes."""
    print(f"{title}, {clients} clients, {len(seconds['ours'])} requests each")
    for name, fraction in (("p50", 0.5), ("p95", 0.95)):
        ours, theirs = (ordered(seconds[side], fraction) * 1000 for side in ("ours", "by hand"))
        print(f"  {name}   ours {ours:7.1f} ms   by hand {theirs:7.1f} ms   ratio {ours / theirs:4.2f}")


def ordered(values: list[float], fraction: float) -> float:
    """The value below which so many lie."""
    return sorted(values)[int(fraction * (len(values) - 1))]


if __name__ == "__main__":
    main()

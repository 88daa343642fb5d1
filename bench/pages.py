"""How long does the server take for each page, and how many bytes does it send: with the demo's vendors and with 5 000?

The demo organisation is made; every main page is asked in this process as its manager, with the session, the walls and
the templates of a real request: the median of five after one that warms up. Then its vendors are multiplied, with sites,
capabilities, services, evidence, official records and qualifications (bench/crowd.py), its open scorecard is calculated
anew, and the same pages are asked again. None may take more than 300 ms. Between the two, in Chromium, how long it takes
from a step of a weight slider of the demo's largest ranking to the frame that shows it (aim: 50 ms).

Run: python -m bench pages. `--only WORDS` asks the pages with these words alone, `--no-slider` spares the browser.
"""

import argparse
import gzip
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.servers import own_servers

LIMIT = 0.3
REPEATS = 5
EMAIL = "manager@demo.example"


def main() -> None:
    """Measure and print; exit code 1 when a page is too slow."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--vendors", type=int, default=5000)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--slider", action=argparse.BooleanOptionalAction, default=True)
    options = arguments.parse_args()
    with own_servers() as folder:
        sys.exit(measure(folder, options))


def measure(folder: Path, options: argparse.Namespace) -> int:
    """The demo, its pages, the crowd, its pages."""
    import django

    django.setup()
    from django.core.management import call_command

    from bench.crowd import crowd
    from cdmo_eval.core.models import Organization

    call_command("migrate", verbosity=0)
    call_command("demo", verbosity=0)
    organization = Organization.objects.get(slug="demo")
    few = asked(organization, options.only)
    slow = 0
    if options.slider:
        from bench.slider import slider_frames

        slow = slider_frames(folder, ranking_address(organization))
    crowd(organization, options.vendors)
    calculate(organization)
    slow += report(few, asked(organization, options.only), options.vendors)
    return 1 if slow else 0


def calculate(organization: Any) -> None:
    """Publish what changed, as the worker would."""
    from cdmo_eval.core.tenancy import organization_scope
    from scorecards import recompute
    from scorecards.models import Scorecard

    with organization_scope(organization.pk, "bench"):
        found = list(
            Scorecard.objects.filter(archived_at__isnull=True).order_by("id").values_list("id", flat=True)
        )
    for scorecard_id in found:
        recompute.run(scorecard_id, clock=lambda: datetime.now(UTC))


def asked(organization: Any, only: str) -> dict[str, tuple[float, int, int]]:
    """Seconds, status and gzipped bytes of every page by its name."""
    from django.conf import settings
    from django.test import Client

    from cdmo_eval.core.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(raise_request_exception=False)
    client.force_login(
        User.objects.get(email=EMAIL), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    found = {}
    for name, path in pages(organization):
        if only not in name:
            continue
        client.get(path)
        seconds = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            answer = client.get(path)
            seconds.append(time.perf_counter() - began)
        content = b"".join(answer) if answer.streaming else answer.content
        found[name] = (statistics.median(seconds), answer.status_code, len(gzip.compress(content, 6)))
    return found


def main_scorecard(organization: Any) -> Any:
    """The scorecard of every vendor."""
    from scorecards.models import Scorecard

    rows = Scorecard.objects.for_organization(organization).filter(
        selection=Scorecard.Selection.ALL, archived_at__isnull=True
    )
    return rows.select_related("program").order_by("id").get()


def ranking_address(organization: Any) -> str:
    """The ranking of every vendor."""
    from cdmo_eval.core.tenancy import organization_scope

    with organization_scope(organization.pk, "bench"):
        return f"/scorecards/{main_scorecard(organization).public_id}/"


def pages(organization: Any) -> list[tuple[str, str]]:
    """Names and paths of the main pages, of things that are there before and after the crowd came."""
    from cdmo_eval.core.tenancy import organization_scope

    with organization_scope(organization.pk, "bench"):
        return [
            *plain_pages(),
            *vendor_pages(organization),
            *scorecard_pages(organization),
            *procurement_pages(organization),
        ]


def plain_pages() -> Iterator[tuple[str, str]]:
    """Those without an id."""
    for path in (
        "/", "/search/?q=bio", "/scorecards/", "/programmes/", "/proposals/", "/shortlists/", "/questionnaires/", "/criteria-sets/",
        "/ratings/", "/exports/", "/exports/new/", "/jobs/", "/exchange-rates/", "/method/", "/settings/", "/settings/scoring/",
        "/members/", "/tokens/", "/webhooks/", "/notifications/", "/help/",
    ):  # fmt: skip
        yield path, path


def vendor_pages(organization: Any) -> Iterator[tuple[str, str]]:
    """The directory, a profile, and the lists over all vendors."""
    from vendors.models import Vendor

    vendor = (
        Vendor.objects.for_organization(organization).filter(archived_at__isnull=True).order_by("id").first()
    )
    assert vendor is not None
    yield "directory", "/vendors/"
    yield "directory, a page in the middle", "/vendors/?page=2"
    yield "directory, filtered", "/vendors/?modality=MAB&region=EUROPE"
    yield "directory, searched", "/vendors/?q=bio"
    for part in ("", "sites/", "evidence/", "regulatory/", "dealings/", "scores/", "changes/"):
        yield f"profile {part}", f"/vendors/{vendor.public_id}/{part}"
    for part in ("agreements", "audit-plan", "qualifications", "watch", "duplicates", "review", "imports"):
        yield f"vendors' {part}", f"/vendors/{part}/"


def scorecard_pages(organization: Any) -> Iterator[tuple[str, str]]:
    """Everything about the scorecard of every vendor."""
    from scorecards.models import Result

    scorecard = main_scorecard(organization)
    rows = (
        Result.objects.for_organization(organization).filter(scorecard=scorecard).select_related("candidate")
    )
    first, second, *_ = (row.candidate.public_id for row in rows.order_by("position", "id")[:2])
    base, pair = f"/scorecards/{scorecard.public_id}/", f"candidates={first}&candidates={second}"
    yield "ranking", base
    yield "ranking, numbers", f"{base}?view=numbers"
    yield "ranking, split", f"{base}?view=split"
    yield "ranking, the second page", f"{base}?page=2"
    yield "ranking, the live board's figures", f"{base}live.json"
    yield "ranking, the state it polls", f"{base}status/"
    yield "candidate", f"{base}candidates/{first}/"
    yield "compare", f"{base}compare/?{pair}"
    for part in (
        "price", "history", "changes", "pairs", "firmness", "evaluators", "frozen", "weight-sets", "second-opinions", "preregistration",
        "build", "build/weights", "build/must-haves", "build/vendors", "build/rules", "questions",
    ):  # fmt: skip
        yield f"scorecard {part}", f"{base}{part}/"
    yield "quick questions of one vendor", f"{base}questions/{first}/"


def procurement_pages(organization: Any) -> Iterator[tuple[str, str]]:
    """Shortlists, decisions, proposals, programmes."""
    from scorecards.models import Program, Shortlist

    for shortlist in Shortlist.objects.for_organization(organization).order_by("id"):
        yield f"shortlist {shortlist.name}", f"/shortlists/{shortlist.public_id}/"
        yield f"decision {shortlist.name}", f"/shortlists/{shortlist.public_id}/decision/"
    program = Program.objects.for_organization(organization).order_by("id").first()
    assert program is not None
    yield "programme", f"/programmes/{program.public_id}/"
    yield "proposals of a programme", f"/programmes/{program.public_id}/proposals/"


def report(
    few: dict[str, tuple[float, int, int]], many: dict[str, tuple[float, int, int]], vendors: int
) -> int:
    """Print both side by side; how many are too slow or broken."""
    bad = 0
    print(f"{'':<40}{'demo':>9}{f'{vendors} vendors':>16}{'ratio':>8}{'gzip, bytes':>20}")
    for name, (seconds, status, size) in sorted(many.items(), key=lambda item: -item[1][0]):
        before, _, small = few[name]
        verdict = (
            "pass" if seconds <= LIMIT and status == 200 else "FAIL" if status == 200 else f"FAIL {status}"
        )
        bad += verdict != "pass"
        print(
            f"{name[:39]:<40}{before * 1000:6.0f} ms{seconds * 1000:13.0f} ms{seconds / before:8.1f}{small:10}{size:10}  {verdict}"
        )
    print(f"{len(many) - bad} of {len(many)} pages within {LIMIT * 1000:.0f} ms")
    return bad


if __name__ == "__main__":
    main()

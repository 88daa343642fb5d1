"""How long does the server take for each page, how many statements and bytes: with the demo's vendors and with 5 000?

The demo organisation is made; every main page is asked in this process as its manager (some as the administrator or
quality), with the session, the walls and the templates of a real request: the median of three after one that warms up.
Then its vendors are multiplied, with sites, capabilities, services, evidence, official records and qualifications
(bench/crowd.py), its open scorecard is calculated anew, and the same pages are asked again. None may take more than
300 ms. Between the two, in Chromium, how long it takes from a step of a weight slider of a ranking of 120 to the frame
that shows its fifty rows (aim: 50 ms).

Run: python -m bench pages. `--only WORDS` asks the pages with these words alone, `--no-slider` spares the browser.
"""

import argparse
import gzip
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.servers import own_servers

LIMIT = 0.3
REPEATS = 3
ON_THE_BOARD = 120
"""Vendors of the ranking whose slider is moved: more than the fifty rows of its page."""
MANAGER, ADMINISTRATOR = "manager@demo.example", "admin@demo.example"


@dataclass(frozen=True)
class Page:
    """A main page: its name, its path, who asks for it, and what it may answer."""

    name: str
    path: str
    email: str = MANAGER
    answers: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Asked:
    """What a page took: seconds in the middle, statements, the status, and bytes as they are sent (gzip)."""

    seconds: float
    statements: int
    status: int
    size: int
    answers: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.status not in self.answers:
            return f"FAIL {self.status}"
        return "pass" if self.seconds <= LIMIT else "FAIL"


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

    import cdmo_eval.wsgi  # noqa: F401 - loaded and settled as in a web process
    from bench.crowd import crowd
    from cdmo_eval.core.models import Organization
    from cdmo_eval.core.tenancy import organization_scope
    from vendors.models import Vendor

    call_command("migrate", verbosity=0)
    call_command("demo", verbosity=0)
    organization = Organization.objects.get(slug="demo")
    with organization_scope(organization.pk, "bench"):
        vendors = Vendor.objects.for_organization(organization).active().count()
    few = asked(organization, options.only)
    slow = 0
    if options.slider:
        from bench.slider import slider_frames

        crowd(organization, ON_THE_BOARD)
        calculate(organization)
        slow = slider_frames(folder, ranking_address(organization))
    crowd(organization, options.vendors)
    calculate(organization)
    slow += report(few, asked(organization, options.only), (vendors, options.vendors))
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


def asked(organization: Any, only: str) -> dict[str, Asked]:
    """What each page took, by its name."""
    from django.conf import settings
    from django.test import Client

    from cdmo_eval.core.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    clients = {}
    for email in (MANAGER, ADMINISTRATOR):
        clients[email] = Client(raise_request_exception=False)
        clients[email].force_login(
            User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return {page.name: timed(clients[page.email], page) for page in pages(organization) if only in page.name}


def timed(client: Any, page: Page) -> Asked:
    """One page: asked once to warm up and to count its statements, then timed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as statements:
        client.get(page.path)
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        answer = client.get(page.path)
        content = b"".join(answer) if answer.streaming else answer.content
        seconds.append(time.perf_counter() - began)
    return Asked(
        statistics.median(seconds),
        len(statements),
        answer.status_code,
        len(gzip.compress(content, 6)),
        page.answers,
    )


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


def pages(organization: Any) -> list[Page]:
    """The main pages, of things that are there before and after the crowd came."""
    from cdmo_eval.core.tenancy import organization_scope

    with organization_scope(organization.pk, "bench"):
        return [
            *plain_pages(),
            *vendor_pages(organization),
            *scorecard_pages(organization),
            *procurement_pages(organization),
        ]


def plain_pages() -> Iterator[Page]:
    """Those without an id."""
    for path in (
        "/", "/search/?q=bio", "/scorecards/", "/scorecards/new/", "/programmes/", "/proposals/", "/shortlists/", "/questionnaires/",
        "/criteria-sets/", "/ratings/", "/exports/", "/exports/new/", "/jobs/", "/exchange-rates/", "/method/", "/settings/",
        "/notifications/", "/help/", "/status/",
    ):  # fmt: skip
        yield Page(path, path)
    for path in (
        "/settings/scoring/",
        "/members/",
        "/tokens/",
        "/webhooks/",
        "/audit/",
        "/access/",
        "/retention/",
    ):
        yield Page(path, path, ADMINISTRATOR)


def vendor_pages(organization: Any) -> Iterator[Page]:
    """The directory, a profile, and the lists over all vendors."""
    from vendors.models import Vendor

    vendor = (
        Vendor.objects.for_organization(organization).filter(archived_at__isnull=True).order_by("id").first()
    )
    assert vendor is not None
    yield Page("directory", "/vendors/")
    yield Page("directory, a page in the middle", "/vendors/?page=2")
    yield Page("directory, filtered", "/vendors/?modality=MAB&region=EUROPE")
    yield Page("directory, searched", "/vendors/?q=bio")
    yield Page("directory, searched and filtered", "/vendors/?q=bio&modality=MAB&freshness=stale")
    yield Page("evidence", "/evidence/")
    yield Page("evidence, searched", "/evidence/?q=line")
    for part in ("", "sites/", "evidence/", "regulatory/", "dealings/", "scores/"):
        yield Page(f"profile {part}", f"/vendors/{vendor.public_id}/{part}")
    yield Page("profile changes/", f"/vendors/{vendor.public_id}/changes/", ADMINISTRATOR)
    for part in ("agreements", "audit-plan", "qualifications", "watch", "duplicates", "review", "imports"):
        yield Page(f"vendors' {part}", f"/vendors/{part}/")
    yield Page("audit plan of a vendor", f"/vendors/audit-plan/?vendor={vendor.public_id}")
    yield Page("watch list of a sign", "/vendors/watch/?sign=no_record")


def scorecard_pages(organization: Any) -> Iterator[Page]:
    """Everything about the scorecard of every vendor."""
    from scorecards.models import Result

    scorecard = main_scorecard(organization)
    rows = (
        Result.objects.for_organization(organization).filter(scorecard=scorecard).select_related("candidate")
    )
    first, second, *_ = (row.candidate.public_id for row in rows.order_by("position", "id")[:2])
    base, pair = f"/scorecards/{scorecard.public_id}/", f"candidates={first}&candidates={second}"
    yield Page("ranking", base)
    yield Page("ranking, numbers", f"{base}?view=numbers")
    yield Page("ranking, split", f"{base}?view=split")
    yield Page("ranking, the second page", f"{base}?page=2")
    yield Page("ranking, other weights", f"{base}?weight-REG=30.0")
    # above five hundred the browser asks for the board itself, and this says so
    yield Page("ranking, the live board's figures", f"{base}live.json", answers=(200, 409))
    yield Page("ranking, the state it polls", f"{base}status/")
    yield Page("candidate", f"{base}candidates/{first}/")
    yield Page("supply map", f"{base}candidates/{first}/supply-map/")
    yield Page("compare", f"{base}compare/?{pair}")
    for part in (
        "price", "history", "changes", "pairs", "firmness", "what-if", "evaluators", "frozen", "weight-sets", "second-opinions",
        "preregistration", "build", "build/weights", "build/must-haves", "build/vendors", "build/rules", "questions",
    ):  # fmt: skip
        yield Page(f"scorecard {part}", f"{base}{part}/")
    yield Page("quick questions of one vendor", f"{base}questions/{first}/")


def procurement_pages(organization: Any) -> Iterator[Page]:
    """Shortlists, decisions, proposals, programmes."""
    from scorecards.models import Program, Shortlist

    for shortlist in Shortlist.objects.for_organization(organization).order_by("id"):
        yield Page(f"shortlist {shortlist.name}", f"/shortlists/{shortlist.public_id}/")
        yield Page(f"decision {shortlist.name}", f"/shortlists/{shortlist.public_id}/decision/")
    program = Program.objects.for_organization(organization).order_by("id").first()
    assert program is not None
    yield Page("programme", f"/programmes/{program.public_id}/")
    yield Page("proposals of a programme", f"/programmes/{program.public_id}/proposals/")


def report(few: dict[str, Asked], many: dict[str, Asked], vendors: tuple[int, int]) -> int:
    """Print both side by side, the slowest first, and name those that are too slow or broken; how many they are."""
    heads = [f"{count:,} vendors" for count in vendors]
    print(f"{'':<40}{heads[0]:>14}{heads[1]:>16}{'of limit':>10}{'statements':>14}{'gzip, bytes':>20}")
    for name, now in sorted(many.items(), key=lambda item: -item[1].seconds):
        before = few[name]
        print(
            f"{name[:39]:<40}{before.seconds * 1000:11.0f} ms{now.seconds * 1000:13.0f} ms{now.seconds / LIMIT:10.2f}"
            f"{before.statements:8d}{now.statements:6d}{before.size:10d}{now.size:10d}  {now.verdict}"
        )
    bad = [name for name, now in many.items() if now.verdict != "pass"]
    print(
        f"{len(many) - len(bad)} of {len(many)} pages within {LIMIT * 1000:.0f} ms at {vendors[1]:,} vendors"
    )
    if bad:
        print(f"over the limit or broken: {', '.join(bad)}")
    return len(bad)


if __name__ == "__main__":
    main()

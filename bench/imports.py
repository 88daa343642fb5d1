"""How fast are official files loaded, and in how much memory?

A file of 49 606 inspections into an empty database through the import as the operator runs it (read, checked, judged,
versions kept, sites matched), beside COPY to a temporary table and INSERT … SELECT of the same rows into the same table
in the same run; then the same file again, of which every row is known. Then files of our own kinds with 50 000 rows, as
a member brings them: checked, loaded by the worker's job, and undone, each with its own peak memory.

Run: make bench (or python -m bench.imports). Prints rows per second, the ratio and the peak memory.
"""

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.recompute import forget_peak, peak_megabytes
from bench.servers import own_servers

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROWS = 49_606
OWN_ROWS = 50_000
SITES_TO_A_VENDOR = 10
FILE = "fda_inspections_drugs_biologics.csv"
REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--rows", type=int, default=ROWS, help="rows of the generated file, without the real one"
    )
    arguments.add_argument(
        "--own-rows", type=int, default=OWN_ROWS, help="rows of each file of our own kinds"
    )
    options = arguments.parse_args()
    with own_servers() as folder:
        measure(real_file() or generated_file(folder / "inspections.csv", options.rows))
        measure_own(folder, options.own_rows)


def real_file() -> Path | None:
    """The assembled file of real inspections, where the shared data is."""
    folder = Path(os.environ.get("CDMO_DATA", REPOSITORY.parent / "shared" / "data"))
    return folder / FILE if (folder / FILE).is_file() else None


def generated_file(path: Path, rows: int) -> Path:
    """As many invented inspections, in the dashboard's own columns."""
    classes = (
        "No Action Indicated (NAI)",
        "Voluntary Action Indicated (VAI)",
        "Official Action Indicated (OAI)",
    )
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(
            ("FEI Number", "Legal Name", "Inspection ID", "Inspection End Date", "Classification", "Project Area", "Product Type")
        )  # fmt: skip
        for number in range(rows):
            day = date(2008, 10, 1) + timedelta(days=number % 6_000)
            table.writerow(
                (3_000_000_000 + number // 6, f"Firm {number // 6}", 1_000_000 + number, day.strftime("%m/%d/%Y"),
                 classes[number % 13 % 3], "Drug Quality Assurance", "Drugs")
            )  # fmt: skip
    return path


def measure(path: Path) -> None:
    """Load, load again, and the rival."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench import rival_load
    from vendors.imports.regulatory import import_public_records

    before = peak_megabytes()
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        report = import_public_records("fda_inspections", path, read_on=NOW.date(), now=NOW, by="bench")
        seconds.append(time.perf_counter() - began)
        print(
            f"  {report.read} rows: {report.new} new, {report.unchanged} unchanged, {report.repeated} repeated, "
            f"{report.rejections} rejected"
        )
    memory = peak_megabytes()
    theirs = rival_load.load()
    first, again = seconds
    print(f"{path.name}, file to public records, seconds")
    print(
        f"  empty database  ours {first:6.2f} ({report.read / first:,.0f} rows/s)   COPY and INSERT … SELECT {theirs:6.2f}"
        f"   ratio {first / theirs:4.1f}"
    )
    print(f"  the same again  ours {again:6.2f} ({report.read / again:,.0f} rows/s)")
    print(f"  peak memory of this process {memory:.0f} MB (before the work {before:.0f} MB)")


def measure_own(folder: Path, rows: int) -> None:
    """A directory and its evidence, each checked, loaded and taken back (the evidence first, which stands on the other)."""
    from cdmo_eval.core.members import add_member
    from cdmo_eval.core.organizations import create_organization
    from cdmo_eval.core.policies import Actor
    from cdmo_eval.core.roles import Role
    from cdmo_eval.core.tenancy import organization_scope

    organization = create_organization(slug="own-files", name="Own files", now=NOW)
    boss = Actor(organization=organization, role=Role.ADMIN, name="bench")
    with organization_scope(organization.pk, boss):
        member = add_member(
            organization=organization, by=boss, email="files@bench.example", role=Role.MANAGER, now=NOW
        )
    actor = Actor(organization=organization, role=Role.MANAGER, name="bench", user=member.user)
    loads = [
        load_own(actor, kind, table_file(folder / f"{kind}.csv", lines(rows)))
        for kind, lines in (("vendors", directory_lines), ("evidence", evidence_lines))
    ]
    for load in reversed(loads):
        undo_own(actor, load)


def table_file(path: Path, lines: Iterator[tuple[Any, ...]]) -> Path:
    """A CSV file of these lines."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path


def directory_lines(rows: int) -> Iterator[tuple[Any, ...]]:
    """A site with one capability a line; invented."""
    yield ("vendor.external_id", "vendor.name", "vendor.integration", "site.name", "site.fei", "site.country", "site.single_use_pct",
           "capability.modality", "capability.operation", "capability.gmp", "capability.scale_max", "capability.batch_unit",
           "capability.phases")  # fmt: skip
    for number in range(rows):
        vendor = number // SITES_TO_A_VENDOR
        yield (f"V{vendor}", f"Vendor {vendor} (fictional)", "CDMO", f"Site {number}", 3_000_000_000 + number, "Germany", number % 100,
               "MAB", "UPSTREAM", "yes", 2000, "L", "PH1; PH2")  # fmt: skip


def evidence_lines(rows: int) -> Iterator[tuple[Any, ...]]:
    """A dated value of every site of the directory."""
    yield ("vendor", "site", "target", "value", "date", "claim_type")
    for number in range(rows):
        vendor = number // SITES_TO_A_VENDOR
        yield (
            f"Vendor {vendor} (fictional)",
            f"Site {number}",
            "site.single_use_pct",
            100 - number % 100,
            "2026-01-31",
            "claimed",
        )


def load_own(actor: Any, kind: str, path: Path) -> Any:
    """Check a file and load it as the wizard does; the load."""
    from cdmo_eval.core.tenancy import organization_scope
    from vendors.imports import jobs, uploads

    organization = actor.organization
    print(f"{path.stat().st_size / 1e6:.1f} MB of {kind}")
    with organization_scope(organization.pk, actor), path.open("rb") as stream:
        load = told(
            "checked",
            lambda: uploads.check_upload(
                organization=organization, kind=kind, content=stream, name=path.name, by=actor, now=NOW
            ),
        )
    print(f"    {load.counts}")
    with organization_scope(organization.pk, actor):
        job = jobs.request_commit(load=load, by=actor, now=NOW)
    assert job is not None, "small files are loaded at once"
    told("loaded", lambda: jobs.run_import(organization_id=organization.pk, job_id=job.pk, clock=lambda: NOW))
    with organization_scope(organization.pk, actor):
        load.refresh_from_db()
        job.refresh_from_db()
    assert load.state == "loaded", job.error
    return load


def undo_own(actor: Any, load: Any) -> None:
    """Take a load back; nothing of it may be left."""
    from cdmo_eval.core.tenancy import organization_scope
    from vendors.imports import uploads
    from vendors.models import Evidence, Vendor

    with organization_scope(actor.organization.pk, actor):
        told(f"{load.kind} undone", lambda: uploads.undo_upload(load=load, reason="bench", by=actor, now=NOW))
        evidence = Evidence.objects.for_organization(actor.organization).live().count()
        vendors = Vendor.objects.for_organization(actor.organization).active().count()
        print(f"    left: {vendors} vendors, {evidence} records of evidence")


def told(title: str, work: Callable[[], Any]) -> Any:
    """What the work gives; prints its seconds and peak memory."""
    forget_peak()
    before, began = peak_megabytes(), time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    print(f"  {title}: {seconds:.1f} s, peak memory {peak_megabytes():.0f} MB (before {before:.0f} MB)")
    return found


if __name__ == "__main__":
    main()

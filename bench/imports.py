"""How fast are official files loaded, and in how much memory?

A file of 49 606 inspections into an empty database through the import as the operator runs it (read, checked, judged,
versions kept, sites matched), beside COPY to a temporary table and INSERT … SELECT of the same rows into the same table
in the same run; then the same file again, of which every row is known.

Run: make bench (or python -m bench.imports). Prints rows per second, the ratio and the peak memory.
"""

import argparse
import csv
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.recompute import peak_megabytes
from bench.servers import own_servers

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROWS = 49_606
FILE = "fda_inspections_drugs_biologics.csv"
REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--rows", type=int, default=ROWS, help="rows of the generated file, without the real one"
    )
    options = arguments.parse_args()
    with own_servers() as folder:
        measure(real_file() or generated_file(folder / "inspections.csv", options.rows))


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


if __name__ == "__main__":
    main()

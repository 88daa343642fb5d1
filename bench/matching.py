"""How often is a record without a number matched with the right site, and how often does a person have to decide?

The directory are the establishments of `fda_fei_names.csv` with all their spellings. Truth is always an FEI that the
matcher is not shown:

* published Forms 483: the file states the FEI, which is taken away; name only, then with the country of that FEI;
* warning letters: the number in a letter's address is the case number of the compliance actions, which state the FEI.

A second directory holds every fifth establishment, as a customer's holds few of all; what official records call the
others is known, as in use. A third is **held out**: only spellings from other files (compliance actions, recalls,
inspections), so that no name of a Form 483 is known from the Form 483s themselves, and establishments that no other file
names must stay unmatched. It is harder than use is, is printed, and has no floor.

Run: make bench (or python -m bench.matching). Prints precision of automatic matches, recall and the size of the queue;
fails below 98 % precision. Without the shared data it says so and measures nothing.
"""

import csv
import hashlib
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vendors.imports.countries import country_code
from vendors.regulatory.identifiers import IdentifierError, normalise_fei
from vendors.regulatory.matching import Directory, Known, PlaceNames, Sought

FLOOR = 0.98
"""Precision of automatic matches that is demanded."""
HELD_OUT = "held out"
REPOSITORY = Path(__file__).resolve().parents[1]
_CASE = re.compile(r"-(\d{6,7})-\d{8}(?:-\d+)?$")
Case = tuple[str, Sought]


@dataclass(frozen=True)
class Outcome:
    """What became of the records of one file against one directory."""

    records: int
    findable: int
    automatic: int
    right: int
    queued: int
    offered: int

    @property
    def precision(self) -> float:
        """Right among the automatic matches."""
        return self.right / self.automatic if self.automatic else 1.0

    @property
    def recall(self) -> float:
        """Right automatic matches among the records whose establishment the directory holds."""
        return self.right / self.findable if self.findable else 0.0


def main() -> int:
    """Measure and print; 1 when a precision is below the floor."""
    folder = Path(os.environ.get("CDMO_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "fda_fei_names.csv").is_file():
        sys.stdout.write("The shared data is not there: matching is not measured.\n")
        return 0
    full, held_out = all_names(folder), other_names(folder)
    forms, letters = forms_483(folder), warning_letters(folder)
    countries = {one.fei: one.country for one in full}
    placed = [(fei, replace(sought, country=countries.get(fei, ""))) for fei, sought in forms]
    directories = {"all": (full, full), "a fifth": (fifth(full), full), HELD_OUT: (held_out, held_out)}
    worst = 1.0
    for title, (names, known) in directories.items():
        started = time.perf_counter()
        directory = Directory(places(names), known)
        sys.stdout.write(f"\nDirectory {title}: {len({one.fei for one in names}):,} establishments\n")
        for label, cases in (
            ("483 by name", forms),
            ("483 by name, country", placed),
            ("letters by name", letters),
        ):
            outcome = measure(directory, cases, {one.fei for one in names})
            worst = worst if title == HELD_OUT else min(worst, outcome.precision)
            sys.stdout.write(line(label, outcome))
        sys.stdout.write(f"  {time.perf_counter() - started:.1f} s\n")
    return 0 if worst >= FLOOR else 1


def line(label: str, one: Outcome) -> str:
    """One outcome in words."""
    return (
        f"  {label:22} {one.records:5} records, {one.findable:5} findable | automatic {one.automatic:5}, "
        f"right {one.right:5}: precision {one.precision:.4f}, recall {one.recall:.3f} | queue {one.queued:4}, "
        f"of which offer the right one {one.offered:4}\n"
    )


def measure(directory: Directory, cases: Sequence[Case], held: set[str]) -> Outcome:
    """Match every case; a place's number is its FEI."""
    automatic = right = queued = offered = findable = 0
    for fei, sought in cases:
        findable += fei in held
        found = directory.find(sought)
        if found and found[0].automatic:
            automatic += 1
            right += found[0].site_id == int(fei)
        elif found:
            queued += 1
            offered += any(one.site_id == int(fei) for one in found)
    return Outcome(len(cases), findable, automatic, right, queued, offered)


def places(known: Iterable[Known]) -> list[PlaceNames]:
    """One place for every FEI, with all its spellings."""
    by_fei: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        by_fei[one.fei].append(one)
    return [
        PlaceNames(
            site_id=int(fei), fei=fei, names=tuple(one.firm for one in rows),
            city=next((one.city for one in rows if one.city), ""),
            country=next((one.country for one in rows if one.country), ""),
        )
        for fei, rows in by_fei.items()
    ]  # fmt: skip


def fifth(known: Sequence[Known]) -> list[Known]:
    """Every fifth establishment, the same ones whenever it is run."""
    return [one for one in known if hashlib.sha256(one.fei.encode()).digest()[0] % 5 == 0]


def all_names(folder: Path) -> list[Known]:
    """Every spelling of every establishment."""
    return [
        known
        for row in rows(folder / "fda_fei_names.csv")
        for name in (row["legal_name"], *row["aliases"].split(" | "))
        if (known := spelled(row["fei_number"], name, row["city"], row["country"])) is not None
    ]


def other_names(folder: Path) -> list[Known]:
    """Spellings of files other than Forms 483 and warning letters."""
    columns = {
        "fda_compliance_actions.csv": ("Legal Name", "", "Country/Area"),
        "fda_drug_recalls_dashboard.csv": (
            "Recalling Firm Name",
            "Recalling Firm City",
            "Recalling Firm Country",
        ),
        "fda_dashboard_inspections_NATIVE_COLUMNS_drugqa.csv": ("Legal Name", "City", "Country/Area"),
        "fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv": ("Legal Name", "City", "Country/Area"),
    }
    return [
        known
        for name, (firm, city, country) in columns.items()
        for row in rows(folder / name)
        if (known := spelled(row["FEI Number"], row[firm], row.get(city, ""), row[country])) is not None
    ]


def spelled(fei: str, firm: str, city: str, country: str) -> Known | None:
    """A spelling; None where number or name is missing."""
    try:
        number = normalise_fei(fei if fei != "-" else "")
    except IdentifierError:
        return None
    if not number or firm.strip() in {"", "-"}:
        return None
    return Known(fei=number, firm=firm, city="" if city == "-" else city, country=country_code(country) or "")


def forms_483(folder: Path) -> list[Case]:
    """Published Forms 483 with an FEI, as if they had none."""
    return [
        (known.fei, Sought(firm=known.firm))
        for row in rows(folder / "fda_published_483s.csv")
        if (known := spelled(row["FEI Number"], row["Legal Name"], "", "")) is not None
    ]


def warning_letters(folder: Path) -> list[Case]:
    """Letters whose case number a compliance action states, with the FEI of that action."""
    of_case: dict[str, set[str]] = defaultdict(set)
    for row in rows(folder / "fda_compliance_actions.csv"):
        if (known := spelled(row["FEI Number"], row["Legal Name"], "", "")) is not None:
            of_case[row["Case/Injunction ID"]].add(known.fei)
    found = []
    for row in rows(folder / "fda_warning_letters.csv"):
        case = _CASE.search(row["letter_url"])
        feis = of_case.get(case[1], set()) if case else set()
        if len(feis) == 1:
            found.append((next(iter(feis)), Sought(firm=row["company_name"])))
    return found


def rows(path: Path) -> Iterable[dict[str, str]]:
    """The rows of a text table."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


if __name__ == "__main__":
    sys.exit(main())

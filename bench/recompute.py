"""How fast is a recompute, database to database, under row-level security?

Two figures, each measured in this run on this machine:

1. All scorecards of one organisation (5 000 vendors × 62 leaves × 20 scorecards) from kept cells to published rows, beside
   one SQL statement per scorecard that makes the same columns from the same cells into a table with the same walls.
2. One evidence edit on a scorecard with 5 000 vendors: from commit to published.

Run: make bench (or python -m bench.recompute). Prints times, the ratio and the peak memory of the work.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cdmo_eval.embedded import EmbeddedServers

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--vendors", type=int, default=5000)
    arguments.add_argument("--scorecards", type=int, default=20)
    arguments.add_argument("--edits", type=int, default=30)
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cdmo-bench-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=True)
    try:
        servers.start().export()
        os.environ["CDMO_LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "cdmo_eval.settings"
        measure(options.vendors, options.scorecards, options.edits)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)


def measure(vendors: int, scorecards: int, edits: int) -> None:
    """Set the stage, then the two measurements."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench import stage

    organization, ids = stage.build(vendors=vendors, scorecards=scorecards, now=NOW)
    before = peak_megabytes()
    ours = stage.recompute_all(ids, now=NOW)
    ours_again = stage.recompute_all_changed(organization, ids, now=NOW)
    memory = peak_megabytes()
    theirs = stage.one_statement_each(organization, ids, first=True)
    theirs_again = stage.one_statement_each(organization, ids, first=False)
    print(f"{vendors} vendors x 62 leaves x {scorecards} scorecards, cells to published rows, seconds")
    print(
        f"  first publication   ours {ours:6.2f}   one SQL statement each {theirs:6.2f}   ratio {theirs / ours:4.1f}"
    )
    print(
        f"  after new weights   ours {ours_again:6.2f}   one SQL statement each {theirs_again:6.2f}   ratio {theirs_again / ours_again:4.1f}"
    )
    print(f"  peak memory of this process {memory:.0f} MB (before the work {before:.0f} MB)")
    seconds = stage.single_edits(organization, ids[0], edits=edits)
    ordered = sorted(seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(
        f"one evidence edit, {vendors} vendors, commit to published: median {statistics.median(seconds) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms ({edits} edits)"
    )


def peak_megabytes() -> float:
    """The process's largest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: object) -> float:
    """Seconds that `work()` takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
